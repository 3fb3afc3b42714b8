"""Block devices that lose their power, and may fail writes before they do."""

import contextlib
import errno
import fcntl
import os
import pathlib
import struct
import subprocess

EXT4_IOC_SHUTDOWN = 0x8004587D
WITHOUT_FLUSH = 2

FILE_SYSTEM_BYTES = 256 << 20
SPARE_BYTES = 16 << 20  # of the memory that holds it


def command(*words):
    subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL)


class HonestDevice:
    """An ext4 file system in a sparse image in memory. What was synced when the power goes stays."""

    def __init__(self, directory: pathlib.Path):
        self._directory = directory
        self._store = directory / "store"
        self.mounted = directory / "mounted"
        self._cleanup = contextlib.ExitStack()
        self._bound = []

    def __enter__(self):
        with contextlib.ExitStack() as cleanup:
            self._store.mkdir(parents=True)
            self.mounted.mkdir()
            command("mount", "-t", "tmpfs", "-o", f"size={FILE_SYSTEM_BYTES + SPARE_BYTES}", "tmpfs", self._store)
            cleanup.callback(command, "umount", "--lazy", self._store)
            self._make_file_system()
            command("losetup", self._find_loop(), self._image)
            cleanup.callback(command, "losetup", "--detach", self._loop)
            # A loop device reports a larger write of which only a part was done as a success.
            queue = pathlib.Path("/sys/block", pathlib.Path(self._loop).name, "queue/max_sectors_kb")
            queue.write_text("4")
            self._mount()
            cleanup.callback(self._unmount)
            # Holes where nothing is yet; the file system's own structures have their place.
            command("fstrim", self.mounted)
            self._cleanup = cleanup.pop_all()
        return self

    def __exit__(self, *_):
        self._cleanup.close()

    def cut_power(self):
        file = os.open(self.mounted, os.O_RDONLY)
        fcntl.ioctl(file, EXT4_IOC_SHUTDOWN, struct.pack("I", WITHOUT_FLUSH))
        os.close(file)

    def remount(self):
        self._unmount()
        self._mount()

    def _make_file_system(self):
        self._image = self._store / "image"
        with open(self._image, "wb") as image:
            image.truncate(FILE_SYSTEM_BYTES)
        command("mkfs.ext4", "-q", "-F", self._image)
        command("fallocate", "--length", FILE_SYSTEM_BYTES, self._image)

    def _find_loop(self) -> str:
        self._loop = subprocess.run(
            ["losetup", "--find"], check=True, stdout=subprocess.PIPE, text=True
        ).stdout.strip()
        return self._loop

    def _mount(self):
        command("mount", "-t", "ext4", self._loop, self.mounted)

    def _unmount(self):
        for target in self._bound:
            command("umount", target)
        self._bound.clear()
        command("umount", self.mounted)

    def bind(self, file: pathlib.Path, target: pathlib.Path):
        """Lets a file of another device appear here, until this one is unmounted."""
        command("mount", "--bind", file, target)
        self._bound.append(target)


class FileSystemGaveUp(Exception):
    """The failure hit the file system's own journal: nothing can be written until it is mounted
    anew, and so nothing can be learnt of what writes go on afterwards."""


class FailingDevice(HonestDevice):
    """One that can be full, as a thin-provisioned volume can: then it fails what is written to a
    block for the first time."""

    def __init__(self, directory: pathlib.Path):
        super().__init__(directory)
        self.others = []  # which lose their power just before

    def fill(self):
        with open(self._ballast, "wb", buffering=0) as ballast:
            size = 1 << 20
            while size >= 4096:
                try:
                    ballast.write(bytes(size))
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    size //= 2

    @property
    def gave_up(self) -> bool:
        return os.statvfs(self.mounted).f_flag & os.ST_RDONLY != 0

    def empty(self):
        self._ballast.unlink()

    def cut_power(self):
        for other in self.others:
            other.cut_power()
        super().cut_power()

    @property
    def _ballast(self) -> pathlib.Path:
        return self._store / "ballast"

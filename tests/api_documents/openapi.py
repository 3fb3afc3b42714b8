"""docs/openapi.yaml, as its tests read it."""

import pathlib

import yaml

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def _no_dates():
    """YAML's loader, but what looks like a time stays a text."""
    loader = type("Loader", (yaml.SafeLoader,), {})
    loader.yaml_implicit_resolvers = {
        first: [(tag, regexp) for tag, regexp in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return loader


class Document:
    def __init__(self):
        self._root = yaml.load((DOCS / "openapi.yaml").read_text(encoding="utf-8"), _no_dates())

    @property
    def components(self):
        return self._root["components"]

    def resolved(self, node):
        while isinstance(node, dict) and "$ref" in node:
            found = self._root
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            node = found
        return node

    def operations(self):
        """Yields path, method, what is said of it, and its parameters."""
        for path, item in self._root["paths"].items():
            for method in (key for key in item if key in METHODS):
                parameters = item.get("parameters", []) + item[method].get("parameters", [])
                yield path, method.upper(), item[method], [self.resolved(each) for each in parameters]

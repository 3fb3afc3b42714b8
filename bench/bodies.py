"""Bodies that are as costly to read as a sender can make them. All are refused."""

PLAIN = "one string"  # what all others are compared with
FLOODS = [PLAIN, "zeros", "deep objects"]  # the worst for jsoncpp, and for payhook

_ACCOUNTS = '"source_account":"a","destination_account":"b","currency":"INR"'
_FIELDS = '"transaction_id":"t",' + _ACCOUNTS

# name: what stands before, one element ("#" is its number), what is between two, what stands after
_SHAPES = {
    PLAIN: ('{"a":"', "x", "", '"}'),
    "white space": ('{"a":', " ", "", "0}"),
    "UTF-8": ('{"a":"', "é", "", '"}'),
    "escapes": ('{"a":"', "\\n", "", '"}'),
    "zeros": ('{"a":[', "0", ",", "]}"),
    "one number": ('{"a":', "7", "", "}"),
    "empty strings": ('{"a":[', '""', ",", "]}"),
    "empty arrays": ('{"a":[', "[]", ",", "]}"),
    "empty objects": ('{"a":[', "{}", ",", "]}"),
    "deep arrays": ('{"a":[', "[" * 29 + "]" * 29, ",", "]}"),
    "deep objects": ('{"a":[', '{"":' * 29 + "0" + "}" * 29, ",", "]}"),
    "short keys": ("{", '"#":0', ",", "}"),
    "short keys, each twice": ("{", '"#":{"#":0}', ",", "}"),
    "escaped keys": ("{", '"\\u0061#":0', ",", "}"),
    "long keys": ("{", '"' + "x" * 40 + '#":0', ",", "}"),
    "objects of one key": ('{"a":[', '{"":0}', ",", "]}"),
    "objects of eight keys": (
        '{"a":[',
        "{" + ",".join(f'"{n}":0' for n in range(8)) + "}",
        ",",
        "]}",
    ),
    "an amount of digits": ("{" + _FIELDS + ',"amount":', "7", "", "}"),
    "an amount of letters": ("{" + _FIELDS + ',"amount":"', "x", "", '"}'),
    "an amount of escapes": ("{" + _FIELDS + ',"amount":"', "\\u0030", "", '"}'),
    "an id of escapes": ("{" + _ACCOUNTS + ',"amount":1,"transaction_id":"', "\\u0030", "", '"}'),
}
NAMES = list(_SHAPES)


def body(name, size):
    """Bytes of JSON: as many elements as there is room for in `size`."""
    before, element, between, after = _SHAPES[name]
    room = size - len(before.encode()) - len(after.encode())
    elements = []
    while room > 0:
        text = element.replace("#", _digits(len(elements)))
        room -= len((text + between).encode())
        elements.append(text)
    return (before + between.join(elements[:-1]) + after).encode()


def _digits(number):
    """A number as short as it can be written with letters and digits."""
    alphabet = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    while True:
        number, digit = divmod(number, len(alphabet))
        text += alphabet[digit]
        if number == 0:
            return text

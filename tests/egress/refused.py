"""Sixty addresses that must never be asked, and why each of them looks harmless to somebody."""

from typing import NamedTuple


class Row(NamedTuple):
    """An address; for names, what they stand for. `asked`: the resolver may be asked about the name."""

    url: str
    resolves_to: tuple[str, ...] = ()


# Refused by how they are written: nobody is asked anything.
WRITTEN = [
    Row("http://127.0.0.1/"),
    Row("http://127.0.0.1:80/"),
    Row("https://127.8.9.10/"),
    Row("http://localhost/"),
    Row("http://LOCALHOST./"),
    Row("http://printer.localhost/"),
    Row("http://2130706433/"),  # 127.0.0.1 as one number
    Row("http://0x7f000001/"),
    Row("http://0x7f.1/"),
    Row("http://0177.0.0.1/"),
    Row("http://127.1/"),
    Row("http://127.0.1/"),
    Row("http://127.0.0.01/"),
    Row("http://0/"),
    Row("http://0.0.0.0/"),
    Row("http://0.1.2.3/"),
    Row("http://１２７.０.０.１/"),  # full width
    Row("http://127。0。0。1/"),  # ideographic full stops
    Row("http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/"),
    Row("http://10.0.0.1/"),
    Row("http://172.16.0.1/"),
    Row("http://172.31.255.254/"),
    Row("http://192.168.1.1/"),
    Row("http://169.254.169.254/latest/meta-data/"),
    Row("http://100.100.100.200/latest/meta-data/"),  # another cloud's
    Row("http://100.64.0.1/"),
    Row("http://168.63.129.16/"),
    Row("http://192.0.0.192/"),
    Row("http://198.18.0.1/"),
    Row("http://224.0.0.1/"),
    Row("http://240.0.0.1/"),
    Row("http://255.255.255.255/"),
    Row("http://[::1]/"),
    Row("http://[::]/"),
    Row("http://[::ffff:127.0.0.1]/"),
    Row("http://[::ffff:10.0.0.1]/"),
    Row("http://[::ffff:a9fe:a9fe]/"),
    Row("http://[::127.0.0.1]/"),  # IPv4-compatible
    Row("http://[64:ff9b::7f00:1]/"),  # NAT64
    Row("http://[64:ff9b:1::a00:1]/"),
    Row("http://[2002:7f00:1::]/"),  # 6to4
    Row("http://[2001:0:53aa:64c:0:0:80ff:fffe]/"),  # Teredo
    Row("http://[2400:3200::5efe:a00:1]/"),  # ISATAP
    Row("http://[fe80::1]/"),
    Row("http://[fe80::1%25eth0]/"),
    Row("http://[fd00:ec2::254]/latest/meta-data/"),
    Row("http://[ff02::1]/"),
    Row("http://[2001:db8::1]/"),
    Row("http://metadata.google.internal/computeMetadata/v1/"),
    Row("http://user:secret@shop.example/"),
    Row("http://shop.example@127.0.0.1/"),
    Row("http://127.0.0.1\\@shop.example/"),
    Row("http://shop.example:22/"),
    Row("http://shop.example:5432/"),
    Row("file:///etc/passwd"),
    Row("gopher://127.0.0.1:6379/_INFO"),
    Row("http:127.0.0.1/"),
    Row("http://shop.example\r\nHost: 127.0.0.1/"),
    Row("http://kiosk/"),
]
# Refused by what the resolver says of the name.
RESOLVED = [
    Row("http://rebound.example/", ("127.0.0.1",)),
    Row("http://mixed.example/", ("93.184.215.14", "10.0.0.7")),
    Row("http://cloud.example/", ("169.254.169.254",)),
    Row("http://mapped.example/", ("::ffff:192.168.0.1",)),
    Row("http://nat64.example/", ("64:ff9b::7f00:1",)),
    Row("http://six.example/", ("2002:c0a8:101::1",)),
    Row("http://loop6.example/", ("::1",)),
    Row("http://scoped.example/", ("fe80::1%lo",)),
]
ALL = [*WRITTEN, *RESOLVED]

"""The same server over TLS: sockets, cookies and headers."""

import ssl
import subprocess
from pathlib import Path

import msgspec
import pytest

from dianmai.settings import Settings
from tests.edge.client import connect, http, request
from tests.edge.conftest import serving


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", cert]
    subprocess.run([*command, *subject], check=True, capture_output=True)
    return cert, key


async def test_sockets_and_cookies_over_tls(dsn: str, settings: Settings, certificate: tuple[Path, Path]) -> None:
    cert, key = certificate
    trust = ssl.create_default_context(cafile=str(cert))
    settings = msgspec.structs.replace(settings, tls_cert=cert, tls_key=key)
    async with serving(settings, dsn) as edge:
        ann, bob = await edge.people(2)
        await edge.stream("chat:1", [ann, bob])
        host = f"127.0.0.1:{edge.port}"
        origin = f"https://{host}"
        a, b = [
            await connect(edge.port, {"Cookie": f"__Host-dianmai={p.token}", "Origin": origin}, tls=trust)
            for p in (ann, bob)
        ]
        await a.hello()
        await b.hello()
        for n in range(50):
            text = "长" * (n * 200 + 1)
            done = await a.do("trial.say", {"stream": "chat:1", "text": text}, f"nonce-{n:04}")
            assert done["answer"]["seq"] == n + 1
            (entry,) = await b.entries("chat:1", 1)
            assert entry["body"]["text"] == text
        body = b'{"stream":"x"}'
        headers = {"Content-Type": "application/json", "Origin": origin}
        signed_in = await http(
            edge.port, request("POST", "/api/trial.sign_in", headers=headers, body=body, host=host), trust
        )
        assert signed_in.headers["set-cookie"].startswith("__Host-dianmai=")
        assert "max-age" in signed_in.headers["strict-transport-security"]

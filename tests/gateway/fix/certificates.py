"""Certificates for tests, made by the openssl program: a CA, its servers and clients, and some that are out of date."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

import pytest


class Authority:
    """A CA in a folder of its own."""

    def __init__(self, folder: Path, name: str = "Test CA") -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.certificate, self._key = folder / "ca.pem", folder / "ca.key"
        openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
            "-days", "30", "-keyout", self._key, "-out", self.certificate,
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign",
        )  # fmt: skip

    def issue(self, file: str, name: str, *, alternative: str = "IP:127.0.0.1", days: int = 30) -> tuple[Path, Path]:
        """Certificate and key for a common name; negative days: it ended then."""
        certificate, key, request = (self.folder / f"{file}.{end}" for end in ("pem", "key", "csr"))
        openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
            "-keyout", key, "-out", request, "-addext", f"subjectAltName={alternative}",
        )  # fmt: skip
        # The x509 command knows no start in the past; `ca` would, with a folder of its own. -days below 0 ends it.
        openssl(
            "x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial",
            "-days", str(days), "-copy_extensions", "copy", "-out", certificate,
        )  # fmt: skip
        return certificate, key

    def client(self, certificate: tuple[Path, Path] | None = None) -> ssl.SSLContext:
        """What a client trusts, and who it is."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        if certificate is not None:
            context.load_cert_chain(*certificate)
        return context


def openssl(*arguments: object) -> None:
    try:
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("there is no openssl program to make certificates with")
    except subprocess.CalledProcessError as error:
        raise AssertionError(error.stderr.decode()) from error

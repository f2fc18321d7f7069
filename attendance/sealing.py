"""Bodies that the next user of a phone can send and cannot read.

At sign-out a phone seals what it has not sent yet with the server's public key: ECDH on
P-256 with a key of the moment, HKDF-SHA-256, AES-256-GCM (all in WebCrypto of Chrome 90
and Safari 15). A sealed body is ``ephemeral public key (65) | nonce (12) | ciphertext``
in base64, bound to its entry by the body's digest.
"""

from __future__ import annotations

import base64
import binascii
import functools

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

INFO = b"toso sealed body 1"
_POINT = 65
_NONCE = 12
# The order of P-256; a private key lies between 1 and it.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@functools.lru_cache(maxsize=4)
def _private_key(secret: str) -> ec.EllipticCurvePrivateKey:
    """The server's key, made from PEPPER: every process has it and no table does."""
    wide = HKDF(hashes.SHA512(), 48, None, b"toso sealing key 1").derive(
        secret.encode()
    )
    scalar = int.from_bytes(wide, "big") % (_ORDER - 1) + 1
    return ec.derive_private_key(scalar, ec.SECP256R1())


def public_key() -> str:
    """The public key that phones seal with: an uncompressed point in base64."""
    point = _private_key(settings.PEPPER).public_key()
    return base64.b64encode(_bytes_of(point)).decode()


def unseal(sealed: str, digest: str) -> bytes | None:
    """The exact bytes of a sealed body, or None if it was not sealed for us."""
    try:
        raw = base64.b64decode(sealed, validate=True)
        point = ec.EllipticCurvePublicKey.from_encoded_point(
            ec.SECP256R1(), raw[:_POINT]
        )
        shared = _private_key(settings.PEPPER).exchange(ec.ECDH(), point)
        nonce, words = raw[_POINT : _POINT + _NONCE], raw[_POINT + _NONCE :]
        return AESGCM(_stretch(shared)).decrypt(nonce, words, digest.encode())
    except (binascii.Error, ValueError, InvalidTag):
        return None


def seal(body: bytes, digest: str, key: str, nonce: bytes) -> str:
    """Seal a body as a phone does: for tests, and for a client written in Python."""
    point = ec.EllipticCurvePublicKey.from_encoded_point(
        ec.SECP256R1(), base64.b64decode(key)
    )
    own = ec.generate_private_key(ec.SECP256R1())
    words = AESGCM(_stretch(own.exchange(ec.ECDH(), point))).encrypt(
        nonce, body, digest.encode()
    )
    return base64.b64encode(_bytes_of(own.public_key()) + nonce + words).decode()


def _stretch(shared: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, None, INFO).derive(shared)


def _bytes_of(point: ec.EllipticCurvePublicKey) -> bytes:
    return point.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )

"""The shared vectors of the chain, in both languages."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from attendance.chain import (
    body_digest,
    canonical_json,
    header_bytes,
    header_hash,
    verify_chain,
)

VECTORS = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(
        Path(__file__).parents[1].joinpath("vectors", "chain").glob("*.json")
    )
}


def _hash_or_none(header):
    try:
        return header_hash(header)
    except ValueError:
        return None


def _bytes(body):
    return None if body["hex"] is None else bytes.fromhex(body["hex"])


@pytest.mark.parametrize("name", VECTORS)
def test_a_vector_has_its_hashes_and_its_problems(name):
    vector = VECTORS[name]
    assert vector["name"] == name
    assert [_hash_or_none(header) for header in vector["headers"]] == vector["hashes"]
    assert verify_chain(vector["headers"]) == vector["problems"]
    for body in vector["bodies"]:
        assert body_digest(_bytes(body)) == body["digest"]


@pytest.mark.parametrize("name", VECTORS)
def test_problems_do_not_depend_on_order_or_repetition(name):
    headers = VECTORS[name]["headers"]
    again = [*headers[1::2], *reversed(headers), *headers[:1]]
    assert verify_chain(again) == VECTORS[name]["problems"]


@pytest.mark.browser
def test_every_vector_has_its_hashes_and_problems_in_javascript(run_javascript):
    results = run_javascript(
        """async (modules, text) => {
          const { headerHash, bodyDigest, verifyChain } =
            await import(modules + "chain.js");
          const bytes = (hex) =>
            hex === null
              ? null
              : Uint8Array.from(hex.match(/../g) || [], (byte) => parseInt(byte, 16));
          const answers = [];
          for (const { name, about, headers, bodies } of JSON.parse(text)) {
            const hashes = [];
            for (const header of headers) {
              hashes.push(await headerHash(header).catch(() => null));
            }
            const problems = await verifyChain(headers);
            const digests = [];
            for (const { hex } of bodies) {
              digests.push({ hex, digest: await bodyDigest(bytes(hex)) });
            }
            answers.push({ name, about, headers, hashes, problems, bodies: digests });
          }
          return JSON.stringify(answers);
        }""",
        list(VECTORS.values()),
    )
    for answers in results.values():
        assert {answer["name"]: answer for answer in answers} == VECTORS


def test_the_hash_is_of_sorted_tight_ascii_json():
    header = {"seq": 1, "note": "Ấp", "id": "x", "seen": ["b", "a"]}
    written = rb'{"id":"x","note":"\u1ea4p","seen":["b","a"],"seq":1}'
    assert header_bytes(header) == written
    assert header_hash(header) == hashlib.sha256(written).hexdigest()


@pytest.mark.parametrize(
    "value",
    [1.0, float("nan"), 2**53, -(2**53), {"é": 1}, {1: 2}, b"x", [1, {"a": 0.5}], {1}],
)
def test_what_both_languages_cannot_write_alike_is_refused(value):
    with pytest.raises(ValueError, match=r"exact|ASCII|canonical"):
        canonical_json(value)


def test_erasing_a_body_leaves_the_chain_whole():
    first = {"id": "a", "device": "d", "seq": 1, "prev": "0" * 64}
    first["body"] = body_digest(b'{"salt": "00", "name": "Bay"}')
    second = {"id": "b", "device": "d", "seq": 2, "prev": header_hash(first)}
    assert verify_chain([first, second]) == []
    second["prev"] = header_hash({**first, "body": body_digest(None)})
    assert [found["problem"] for found in verify_chain([first, second])] == [
        "broken_link"
    ]

"""`GET /`: what a cluster says of itself."""

from __future__ import annotations

import pytest

from tests.support import FakeCluster, ask, lines

# Number, Lucene, hash, date, minimum wire and index compatibility, and what the build is for.
BUILDS = {
    "6.3": ("6.3.2", "7.3.1", "053779d", "2018-07-20T05:20:23.451332Z", "5.6.0", "5.0.0", "tar"),
    "6.8": ("6.8.23", "7.7.3", "4f67856", "2022-01-06T21:30:50.087716Z", "5.6.0", "5.0.0", "docker"),
    "7.0": ("7.0.1", "8.0.0", "e4efcb5", "2019-04-29T12:56:03.145736Z", "6.7.0", "6.0.0-beta1", "docker"),
    "7.10": (
        "7.10.2",
        "8.7.0",
        "747e1cc71def077253878a59143c1f785afa92b9",
        "2021-01-13T00:42:12.435326Z",
        "6.8.0",
        "6.0.0-beta1",
        "docker",
    ),
    "7.17": (
        "7.17.29",
        "8.11.3",
        "580aff1a0064ce4c93293aaab6fcc55e22c10d1c",
        "2025-06-19T01:37:57.847711500Z",
        "6.8.0",
        "6.0.0-beta1",
        "docker",
    ),
    "8.19": (
        "8.19.21",
        "9.12.2",
        "4fe44c255c3d0da06779b921e132cdc555ed9aff",
        "2026-08-26T22:10:47.574903747Z",
        "7.17.0",
        "7.0.0",
        "docker",
    ),
    "9.0": (
        "9.0.8",
        "10.1.0",
        "936f7cf370e0d7952bb71a98629284c3c0e0d00e",
        "2025-10-02T22:06:15.098088583Z",
        "8.18.0",
        "8.0.0",
        "docker",
    ),
    "9.1.3": (
        "9.1.3",
        "10.2.2",
        "0c781091a2f57de895a73a1391ff8426c0153c8d",
        "2025-08-24T22:05:04.526302670Z",
        "8.19.0",
        "8.0.0",
        "docker",
    ),
}

# Lucene's major and minor of each line, and the versions that it is compatible with, on the wire and in indices.
LUCENE = {
    **dict(zip(lines(until="6.8"), ["7.3", "7.4", "7.5", "7.6", "7.7", "7.7"], strict=True)),
    **dict(zip(lines("7.0", "7.8"), ["8.0", "8.0", "8.0", "8.1", "8.2", "8.3", "8.4", "8.5", "8.5"], strict=True)),
    **dict(zip(lines("7.9", "7.17"), ["8.6", "8.7", "8.7", "8.8", "8.8", "8.9", "8.9", "8.10", "8.11"], strict=True)),
    **dict(
        zip(lines("8.0", "8.9"), ["9.0", "9.0", "9.1", "9.2", "9.3", "9.4", "9.4", "9.5", "9.6", "9.7"], strict=True)
    ),
    **dict(zip(lines("8.10", "8.14"), ["9.7", "9.8", "9.9", "9.10", "9.10"], strict=True)),
    **dict(zip(lines("8.15", "8.19"), ["9.11", "9.12", "9.12", "9.12", "9.12"], strict=True)),
    **dict(zip(lines("9.0"), ["10.1", "10.2", "10.3", "10.3", "10.4", "10.5"], strict=True)),
}
BOUNDS = {"6": ("5.6.0", "5.0.0"), "7": ("6.8.0", "6.0.0-beta1"), "8": ("7.17.0", "7.0.0"), "9": ("8.19.0", "8.0.0")}
EARLY_BOUNDS = {"7.0": ("6.7.0", "6.0.0-beta1"), "9.0": ("8.18.0", "8.0.0")}
COMPATIBLE = [(line, LUCENE[line], *EARLY_BOUNDS.get(line, BOUNDS[line[0]])) for line in lines()]

every_version = pytest.mark.parametrize("version", lines())


def body_of(build: tuple[str, ...], cluster: FakeCluster) -> str:
    """Return the whole body for a build."""
    number, lucene, build_hash, date, wire, index, type_ = build
    return (
        "{\n"
        '  "name" : "node-1",\n'
        '  "cluster_name" : "elasticsearch",\n'
        f'  "cluster_uuid" : "{cluster.world.cluster_uuid}",\n'
        '  "version" : {\n'
        f'    "number" : "{number}",\n'
        '    "build_flavor" : "default",\n'
        f'    "build_type" : "{type_}",\n'
        f'    "build_hash" : "{build_hash}",\n'
        f'    "build_date" : "{date}",\n'
        '    "build_snapshot" : false,\n'
        f'    "lucene_version" : "{lucene}",\n'
        f'    "minimum_wire_compatibility_version" : "{wire}",\n'
        f'    "minimum_index_compatibility_version" : "{index}"\n'
        "  },\n"
        '  "tagline" : "You Know, for Search"\n'
        "}\n"
    )


class TestBody:
    """What is in the answer."""

    @pytest.mark.parametrize("version", BUILDS)
    def test_whole(self, version: str) -> None:
        """It is the answer of the real build, pretty-printed without being asked."""
        cluster = FakeCluster(version)

        assert cluster.ask("GET /").text == body_of(BUILDS[version], cluster)

    @every_version
    def test_same_keys_everywhere(self, version: str) -> None:
        """Every line has the same keys in the same order, and its own number."""
        info = ask(version, "GET /").json

        assert list(info) == ["name", "cluster_name", "cluster_uuid", "version", "tagline"]
        assert list(info["version"]) == [
            "number",
            "build_flavor",
            "build_type",
            "build_hash",
            "build_date",
            "build_snapshot",
            "lucene_version",
            "minimum_wire_compatibility_version",
            "minimum_index_compatibility_version",
        ]
        assert info["version"]["number"].startswith(f"{version}.")

    @pytest.mark.parametrize(("version", "lucene", "wire", "index"), COMPATIBLE)
    def test_lucene_and_compatible_versions(self, version: str, lucene: str, wire: str, index: str) -> None:
        """Lucene changes in most minors, what a cluster can be upgraded from in few."""
        shown = ask(version, "GET /").json["version"]

        assert shown["lucene_version"].startswith(f"{lucene}.")
        assert shown["minimum_wire_compatibility_version"] == wire
        assert shown["minimum_index_compatibility_version"] == index

    @pytest.mark.parametrize(
        ("version", "length"), [*((line, 7) for line in lines(until="7.3")), *((line, 40) for line in lines("7.4"))]
    )
    def test_length_of_the_hash(self, version: str, length: int) -> None:
        """Hashes are short up to 7.3."""
        assert len(ask(version, "GET /").json["version"]["build_hash"]) == length

    @every_version
    def test_cluster_has_one_uuid(self, version: str) -> None:
        """A cluster keeps its id, of 22 characters, and no other has it."""
        cluster = FakeCluster(version)
        uuids = [asked.ask("GET /").json["cluster_uuid"] for asked in (cluster, cluster, FakeCluster(version))]

        assert uuids[0] == uuids[1] != uuids[2]
        assert len(uuids[0]) == 22

    def test_release_that_nobody_knows(self) -> None:
        """A release whose build is not known has a hash of the right length that stays the same."""
        first, second = (ask("7.17.20", "GET /").json["version"] for _ in range(2))

        assert first == second
        assert first["number"] == "7.17.20"
        assert len(first["build_hash"]) == 40


class TestForm:
    """How the answer looks."""

    @every_version
    def test_pretty_can_be_turned_off(self, version: str) -> None:
        """`pretty=false` makes it compact, an empty one does not."""
        assert ask(version, "GET /?pretty=false").text.startswith('{"name":"node-1","cluster_name":')
        assert ask(version, "GET /?pretty").text.startswith('{\n  "name"')

    @every_version
    def test_errors_are_not_pretty(self, version: str) -> None:
        """A refusal is pretty only if asked for."""
        assert ask(version, "GET /?pretty=maybe").text.startswith('{"error"')
        assert ask(version, "GET /?foo=1").text.startswith('{"error"')
        assert ask(version, "GET /?foo=1&pretty").text.startswith('{\n  "error"')

    @every_version
    def test_filter_path(self, version: str) -> None:
        """Clients ask for parts of it."""
        answer = ask(version, "GET /?filter_path=version.build_flavor,tagline&pretty=false")

        assert answer.text == '{"version":{"build_flavor":"default"},"tagline":"You Know, for Search"}'

    @every_version
    def test_head(self, version: str) -> None:
        """HEAD has the answer of GET; the wire sends its length only."""
        cluster = FakeCluster(version)
        head, get = cluster.ask("HEAD /"), cluster.ask("GET /")

        assert (head.status, head.text, head.headers) == (200, get.text, get.headers)

    @every_version
    def test_unknown_parameter(self, version: str) -> None:
        """It takes no parameters of its own."""
        assert ask(version, "GET /?foo=1").error["reason"] == "request [/] contains unrecognized parameter: [foo]"

    @every_version
    def test_is_not_deprecated(self, version: str) -> None:
        """Only rollup is announced to be removed."""
        assert ask(version, "GET /").warnings == []

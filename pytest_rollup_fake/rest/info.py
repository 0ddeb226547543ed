"""`GET /`: name, version and tagline, which official clients read before anything else."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from . import messages

if TYPE_CHECKING:
    from .channel import Channel
    from .parameters import Parameters
    from .reply import Action, Reply


def info(channel: Channel, parameters: Parameters) -> Action:
    """Describe the cluster, pretty-printed unless asked not to (RestMainAction, MainResponse)."""
    return partial(_info, channel, pretty=channel.pretty or not parameters.has("pretty"))


def _info(channel: Channel, *, pretty: bool) -> Reply:
    channel.pretty = pretty
    world, profile, release = channel.world, channel.profile, channel.profile.release
    return channel.success(
        {
            "name": world.node(channel.request.node).name,
            "cluster_name": world.cluster_name,
            "cluster_uuid": world.cluster_uuid,
            "version": {
                "number": profile.version.number,
                "build_flavor": "default",
                "build_type": profile.build_type,
                "build_hash": release.build_hash,
                "build_date": release.build_date,
                "build_snapshot": False,
                "lucene_version": release.lucene,
                "minimum_wire_compatibility_version": profile.wire_compatibility,
                "minimum_index_compatibility_version": profile.index_compatibility,
            },
            "tagline": messages.TAGLINE,
        }
    )

"""A module for the Synapse of the tests, which does not speak with other servers: hands it what one would send."""

from synapse.api.constants import EduTypes
from synapse.api.room_versions import RoomVersions
from synapse.events import make_event_from_dict
from synapse.module_api import (
    DirectServeJsonResource,
    JsonDict,
    ModuleApi,
    SynapseRequest,
    parse_json_object_from_request,
)

PATH = "/_synapse/client/foreign_server"


class ForeignServer(DirectServeJsonResource):
    """POST {"origin", "to_device": content} or {"origin", "invitation": event}: taken as if it came from `origin`."""

    isLeaf = True

    def __init__(self, config: object, api: ModuleApi) -> None:
        super().__init__()
        self._hs = api._hs
        api.register_web_resource(PATH, self)

    async def _async_render_POST(self, request: SynapseRequest) -> tuple[int, JsonDict]:  # noqa: N802
        match parse_json_object_from_request(request):
            case {"origin": str(origin), "to_device": content}:
                registry = self._hs.get_federation_registry()
                await registry.on_edu(EduTypes.DIRECT_TO_DEVICE, origin, content)
            case {"origin": str(origin), "invitation": event}:
                invitation = make_event_from_dict(event, RoomVersions.V11)
                await self._hs.get_federation_handler().on_invite_request(
                    origin=origin, event=invitation, room_version=RoomVersions.V11
                )
        return 200, {}

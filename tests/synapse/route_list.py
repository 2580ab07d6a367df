"""A module for the Synapse of the tests: lists every endpoint of the process it runs in, from its own resource tree."""

from collections.abc import Iterator

from synapse.http.server import JsonResource
from synapse.module_api import DirectServeJsonResource, JsonDict, ModuleApi, SynapseRequest
from twisted.web.resource import Resource

PATH = "/_synapse/client/route_list"


class RouteList(DirectServeJsonResource):
    isLeaf = True

    def __init__(self, config: object, api: ModuleApi) -> None:
        super().__init__()
        api.register_web_resource(PATH, self)

    async def _async_render_GET(self, request: SynapseRequest) -> tuple[int, JsonDict]:  # noqa: N802
        assert request.site is not None  # of a request that is being answered
        return 200, {"routes": sorted(_routes(request.site.resource))}


def _routes(resource: Resource) -> Iterator[tuple[str, str]]:
    """Each endpoint below a resource: its method and the regular expression of its path."""
    if isinstance(resource, JsonResource):
        for pattern, methods in resource._routes.items():
            yield from ((method.decode(), pattern.pattern) for method in methods)
    for child in getattr(resource, "children", {}).values():  # that of the figures has not even none
        yield from _routes(child)

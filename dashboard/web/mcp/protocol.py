"""The tools over the Model Context Protocol; its SDK is imported with this module, which takes most of a second."""

import logging
from typing import Any

import anyio
from anyio import CapacityLimiter, to_thread
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)

from dashboard import __version__
from dashboard.exceptions import DashboardError
from dashboard.web.api_query import Refusal
from dashboard.web.mcp.bounded import written
from dashboard.web.mcp.tool import Desk
from dashboard.web.mcp.tool import Tool as OwnTool
from dashboard.web.mcp.tools import INSTRUCTIONS, TOOLS

log = logging.getLogger(__name__)

NAME = "golden-signals"
# Maximum number of concurrent calls; others wait.
AT_ONCE = 4
_BY_NAME = {tool.name: tool for tool in TOOLS}
_READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)


def server(desk: Desk) -> Server[Any]:
    """An MCP server with the tools; `desk`: their data."""
    turns = CapacityLimiter(AT_ONCE)

    async def listed(_: object, __: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=list(map(_described, TOOLS)))

    async def called(_: object, params: CallToolRequestParams) -> CallToolResult:
        # Not on the loop: the answer for a thousand services takes a while, and an explanation asks the source.
        text, is_error = await to_thread.run_sync(
            answer, desk, params.name, params.arguments or {}, abandon_on_cancel=True, limiter=turns
        )
        return CallToolResult(content=[TextContent(text=text)], is_error=is_error)

    return Server(NAME, version=__version__, instructions=INSTRUCTIONS, on_list_tools=listed, on_call_tool=called)


def _described(tool: OwnTool) -> Tool:
    return Tool(name=tool.name, title=tool.title, description=tool.what, input_schema=tool.schema, annotations=_READS)


def answer(desk: Desk, name: str, arguments: dict[str, Any]) -> tuple[str, bool]:
    """The answer of a tool as JSON, and whether it is an error.

    Args:
        desk: the data. `name`: of the tool. `arguments`: as received.
    """
    try:
        tool = _BY_NAME.get(name)
        if tool is None:
            raise Refusal(404, f"no tool has this name: there are {', '.join(_BY_NAME)}")
        return written(tool.asked(desk, arguments), tool.more), False
    except Refusal as refusal:
        content = {"error": str(refusal), "nearest": list(refusal.nearest), "retry_s": refusal.retry_s}
    except DashboardError as error:
        content = {"error": str(error)}
    except Exception:
        log.exception("The tool %s failed", name)
        content = {"error": "internal error: the log of the dashboard tells more"}
    return written(content), True


def serve_stdio(desk: Desk) -> None:
    """Answer over standard input and output until they are closed."""

    async def served() -> None:
        running = server(desk)
        async with stdio_server() as (reading, writing):
            await running.run(reading, writing, running.create_initialization_options())

    anyio.run(served)

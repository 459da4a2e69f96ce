"""MCP servers configured by the operator: supervised, with limits, and unable to block an answer."""

from askchopper.integrations.mcp_servers.configuration import ConfigurationError, ServerConfiguration, read
from askchopper.integrations.mcp_servers.supervisor import CallResult, McpServer, McpServerError, ServerTool

__all__ = [
    "CallResult",
    "ConfigurationError",
    "McpServer",
    "McpServerError",
    "ServerConfiguration",
    "ServerTool",
    "read",
]

"""MCP servers that the operator configured: supervised, limited, and never able to hold up an answer."""

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

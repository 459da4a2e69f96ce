"""MCP settings: servers for the assistant, and the memory backend."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings


class McpSettings(BaseSettings):
    """MCP fields of ``settings.Settings``."""

    mcp_servers_file: str = Field("", max_length=500)
    mcp_node_modules: str = Field("node_modules", max_length=500)
    memory_backend: Literal["postgres", "npm"] = Field("postgres")

    @property
    def mcp_servers_path(self) -> Path | None:
        """Path of the MCP server configuration file; None if there is none."""
        return Path(self.mcp_servers_file) if self.mcp_servers_file else None

// Loaded before Brave's MCP servers where BRAVE_API_BASE_URL is set: they have the address of the API built in.
const ask = globalThis.fetch;
const base = process.env.BRAVE_API_BASE_URL;

globalThis.fetch = (address, options) => ask(String(address).replace("https://api.search.brave.com", base), options);

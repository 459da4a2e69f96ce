// Sends a file with Vercel's own client library and a grant of our server: node put.mjs GRANT_JSON FILE
import { readFile } from "node:fs/promises";
import { put } from "@vercel/blob/client";

const grant = JSON.parse(process.argv[2]);
const body = await readFile(process.argv[3]);
const options = { access: grant.access, token: grant.token, contentType: grant.content_type };
try {
  const blob = await put(grant.pathname, body, { ...options, multipart: body.length > grant.part_bytes });
  console.log(JSON.stringify({ pathname: blob.pathname }));
} catch (error) {
  console.log(JSON.stringify({ error: error.message }));
}

// @ts-check
// Loads the code that stores and restores the session: a first visit without a sound needs none of it.
import { readText } from "../shared/storage.js";

export const SESSION = "session"; // the name of its entry in the storage

let isKept = false;

/** Store the session from now on. */
export function keepSession() {
  if (isKept) return;
  isKept = true;
  import("./session.js").then(({ keep }) => keep()).catch(() => (isKept = false));
}

/** The stored session of the last visit; null without one, or if it is invalid. */
export async function storedSession() {
  if (!readText(SESSION)) return null;
  const { readSession } = await import("./session.js");
  return readSession();
}

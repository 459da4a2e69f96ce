// @ts-check

/** A key that no other question or file has; `randomUUID` needs a secure context. */
export const newKey = () => crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`;

// @ts-check
// Follow and unfollow, marked at once. JavaScript because it must not wait for the server.
import { useEffect, useRef, useState } from "react";
import { toast } from "sonner";
import { API } from "../constants.js";
import { loginUrl } from "../shared/links.js";

const SIGNED_OUT = 401;

/**
 * @param {object} props
 * @param {string} props.path What is followed, below the API's address: `creators/velvet`.
 * @param {string} props.name
 * @param {boolean} props.isFollowing
 * @param {string} [props.className]
 */
export function FollowButton({ path, name, isFollowing, className }) {
  const [is, setIs] = useState(isFollowing);
  const isSending = useRef(false);
  useEffect(() => setIs(isFollowing), [isFollowing, path]);
  const press = async () => {
    if (isSending.current) return;
    isSending.current = true;
    setIs(!is);
    try {
      const answer = await fetch(`${API}/${path}/follow`, { method: is ? "DELETE" : "PUT" });
      if (answer.status === SIGNED_OUT) return location.assign(loginUrl());
      if (answer.ok) return;
      const { detail } = await answer.json().catch(() => ({ detail: "" }));
      setIs(is);
      toast.error(detail || "That did not work. Try again.");
    } catch {
      setIs(is);
      toast.error("The server cannot be reached. Nothing was changed.");
    } finally {
      isSending.current = false;
    }
  };
  return (
    <button type="button" className={className} aria-pressed={is} onClick={press}>
      {is ? "Following" : "Follow"}
      <span className="sr-only"> {name}</span>
    </button>
  );
}

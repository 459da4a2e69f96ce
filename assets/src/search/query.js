// @ts-check
// The query of the address, parsed once for all filters of a page: the router's own hook parses it for each.
import { useSyncExternalStore } from "react";
import { useLocation } from "react-router";

let last = { search: "", params: new URLSearchParams() };
const never = () => () => {};

/**
 * The parameters of this page's address; not to be changed. None while a prerendered page, which knows no address, is
 * taken over: React keeps what differs there.
 */
export function useQuery() {
  const location = useLocation();
  const search = useSyncExternalStore(
    never,
    () => location.search,
    () => "",
  );
  if (search !== last.search) last = { search, params: new URLSearchParams(search) };
  return last.params;
}

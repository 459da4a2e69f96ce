// @ts-check
// Reports opened pages and the packs that were seen on them. JavaScript because only the browser knows what is visible.
import { useEffect } from "react";
import { useLocation } from "react-router";
import { flushViews, reportOpened, watchViews } from "./views.js";
import { enter } from "./visit.js";

export function ViewReports() {
  const { pathname, search } = useLocation();
  useEffect(() => {
    enter(pathname + search);
    return flushViews; // with the page that they were seen on
  }, [pathname, search]);
  useEffect(reportOpened, [pathname]);
  useEffect(watchViews, []);
  return null;
}

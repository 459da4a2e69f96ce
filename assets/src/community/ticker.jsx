// @ts-check
// Asks the state for news while the tab is looked at. JavaScript because only the browser knows whether it is.
import { useEffect } from "react";

/** @param {{ seconds: number, onTick: () => void }} props */
export function Ticker({ seconds, onTick }) {
  useEffect(() => {
    const tick = () => document.visibilityState === "visible" && onTick();
    tick();
    const timer = setInterval(tick, seconds * 1000);
    document.addEventListener("visibilitychange", tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", tick);
    };
  }, []);
  return null;
}

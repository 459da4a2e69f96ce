// @ts-check
// The handle that moves an entry of a list, by drag or by arrow keys. JavaScript because it follows the pointer.
import GripVertical from "lucide-react/dist/esm/icons/grip-vertical.mjs";
import { useRef, useState } from "react";
import { Icon } from "../shared/icon.jsx";

const ENTRY = "[data-position]";

/**
 * @param {object} props
 * @param {string} props.id
 * @param {string} props.title
 * @param {number} props.position
 * @param {number} props.count
 * @param {(id: string, position: number) => void} props.onMove
 * @param {string} [props.className]
 */
export function ReorderHandle({ id, title, position, count, onMove, className }) {
  const over = useRef(position);
  const [isDragging, setDragging] = useState(false);
  const move = (/** @type {number} */ to) => {
    const place = Math.max(0, Math.min(count - 1, to));
    if (place !== position) onMove(id, place);
  };
  const mark = (/** @type {Element | null} */ target) => {
    document.querySelectorAll("[data-drop]").forEach((one) => one.removeAttribute("data-drop"));
    target?.setAttribute("data-drop", Number(target.getAttribute("data-position")) > position ? "after" : "before");
  };
  const drag = (/** @type {import("react").PointerEvent} */ event) => {
    if (!isDragging) return;
    const target = document.elementFromPoint(event.clientX, event.clientY)?.closest(ENTRY);
    if (!target) return;
    over.current = Number(target.getAttribute("data-position"));
    mark(over.current === position ? null : target);
  };
  const drop = () => {
    if (!isDragging) return;
    setDragging(false);
    mark(null);
    move(over.current);
  };
  const press = (/** @type {import("react").KeyboardEvent} */ event) => {
    const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    move(position + step);
  };
  return (
    <button
      type="button"
      className={`${className} touch-none ${isDragging ? "cursor-grabbing text-text-1" : "cursor-grab"}`}
      aria-label={`Move ${title}, ${position + 1} of ${count}`}
      aria-keyshortcuts="ArrowUp ArrowDown"
      title="Drag, or use the arrow keys"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        over.current = position;
        setDragging(true);
      }}
      onPointerMove={drag}
      onPointerUp={drop}
      onPointerCancel={() => {
        setDragging(false);
        mark(null);
      }}
      onKeyDown={press}
    >
      <Icon of={GripVertical} size={18} />
    </button>
  );
}

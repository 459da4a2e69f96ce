// @ts-check
// Filters whose value lives in the address. JavaScript because a filter reacts before the server answers.
import X from "lucide-react/dist/esm/icons/x.mjs";
import { useEffect, useRef } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { Icon } from "../shared/icon.jsx";
import { Go } from "../shared/controls.jsx";
import { withFilters, withoutFilters } from "./filter_url.js";

/** A link that sets one filter in the address, or takes it out again; it lights up before the server answers. */
export function FilterLink({ name, value, isDefault = false, className, onClassName, children, label, role }) {
  const [params] = useSearchParams();
  const isOn = params.get(name) === value || (isDefault && !params.get(name));
  return (
    <Go
      to={withFilters(params, { [name]: isOn || isDefault ? "" : value })}
      keepScroll
      className={`${className} ${isOn ? onClassName : ""}`}
      aria-current={isOn || undefined}
      aria-label={label}
      role={role}
    >
      {children}
    </Go>
  );
}

/** A switch whose value lives in the address. */
export function FilterSwitch({ name, value, label, className, isInverted = false }) {
  const [params] = useSearchParams();
  const navigate = useNavigate();
  const isSet = params.get(name) === value;
  return (
    <label className={className}>
      <span>{label}</span>
      <input
        type="checkbox"
        role="switch"
        checked={isSet !== isInverted}
        onChange={() => navigate(withFilters(params, { [name]: isSet ? "" : value }), { preventScrollReset: true })}
      />
    </label>
  );
}

/** Buttons for the filters that are on; pressing one takes it out of the address. Without any, the children. */
export function FilterChips({ chips, className, clearClassName, children }) {
  const [params] = useSearchParams();
  const navigate = useNavigate();
  if (!chips?.length) return children;
  const drop = (chip) =>
    navigate(withFilters(params, Object.fromEntries(chip.params.map((name) => [name, ""]))), {
      preventScrollReset: true,
    });
  return (
    <>
      {chips.map((chip) => (
        <button
          key={chip.label}
          type="button"
          className={className}
          onClick={() => drop(chip)}
          aria-label={`Remove filter ${chip.label}`}
        >
          <span>{chip.label}</span>
          <Icon of={X} size={14} className="text-text-2" />
        </button>
      ))}
      <button type="button" className={clearClassName} onClick={() => navigate(withoutFilters(params))}>
        Clear all
      </button>
    </>
  );
}

/** A select whose choice lives in the address. */
export function FilterSelect({ name, options, fallback, className, label }) {
  const [params] = useSearchParams();
  const navigate = useNavigate();
  return (
    <select
      aria-label={label}
      className={className}
      value={params.get(name) || fallback}
      onChange={(e) =>
        navigate(withFilters(params, { [name]: e.target.value === fallback ? "" : e.target.value }), {
          preventScrollReset: true,
        })
      }
    >
      {options.map(([value, text]) => (
        <option key={value} value={value}>
          {text}
        </option>
      ))}
    </select>
  );
}

const LINK = "a[href]";
const centre = (element) => {
  const box = element.getBoundingClientRect();
  return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
};

/** The link above (-1) or below (1) another one in a wrapped row; the closest one sideways. */
function inNextRow(links, from, direction) {
  const start = centre(from);
  const away = (link) => direction * (centre(link).y - start.y);
  const beyond = links.filter((link) => away(link) > 4);
  const row = Math.min(...beyond.map(away));
  const distance = (link) => Math.abs(centre(link).x - start.x);
  return beyond.filter((link) => away(link) < row + 4).sort((one, other) => distance(one) - distance(other))[0];
}

/** Links of one filter as one tab stop; arrow keys move between them. */
export function FilterGroup({ label, className, children }) {
  const box = useRef(null);
  useEffect(() => {
    const settle = () => {
      const links = [...box.current.querySelectorAll(LINK)];
      const stop =
        links.find((link) => link === document.activeElement) ??
        links.find((link) => link.getAttribute("aria-current")) ??
        links[0];
      for (const link of links) link.tabIndex = link === stop ? 0 : -1;
    };
    settle();
    const observer = new MutationObserver(settle);
    observer.observe(box.current, { childList: true, subtree: true, attributeFilter: ["aria-current"] });
    return () => observer.disconnect();
  }, []);
  const move = (event) => {
    const links = [...box.current.querySelectorAll(LINK)];
    const at = links.indexOf(event.target);
    const next = {
      ArrowRight: () => links[at + 1],
      ArrowLeft: () => links[at - 1],
      ArrowDown: () => inNextRow(links, event.target, 1),
      ArrowUp: () => inNextRow(links, event.target, -1),
      Home: () => links[0],
      End: () => links.at(-1),
    }[event.key];
    if (at < 0 || !next) return;
    event.preventDefault();
    event.stopPropagation(); // arrows also move between the sounds of a list
    const link = next();
    if (!link) return;
    event.target.tabIndex = -1;
    link.tabIndex = 0;
    link.focus();
  };
  return (
    <div ref={box} role="group" aria-label={label} className={className} onKeyDown={move}>
      {children}
    </div>
  );
}

// @ts-check
// Filters whose value lives in the address. JavaScript because a filter reacts before the server answers.
import X from "lucide-react/dist/esm/icons/x.mjs";
import { useEffect, useRef, useState } from "react";
import { useLocation, useNavigate } from "react-router";
import { Icon } from "../shared/icon.jsx";
import { Go } from "../shared/controls.jsx";
import { withFilters, withoutFilters } from "./filter_url.js";
import { useQuery } from "./query.js";

const TYPING_PAUSE_MS = 300;

/** The query of this page, and a function that builds its address with some filters changed. */
function useFilters() {
  const params = useQuery();
  const path = useLocation().pathname.replace(/\/$/, "");
  return { params, changed: (/** @type {Record<string, string>} */ changes) => withFilters(params, changes, path) };
}

/**
 * A link that sets one filter in the address, or takes it out again; it lights up before the server answers.
 * @param {object} props
 * @param {string} props.name
 * @param {string} props.value
 * @param {boolean} [props.isFallback] It is on while the address says nothing.
 * @param {string} [props.className]
 * @param {string} [props.onClassName]
 * @param {import("react").ReactNode} [props.children]
 * @param {string} [props.label]
 * @param {string} [props.role]
 */
export function FilterLink({ name, value, isFallback = false, className, onClassName, children, label, role }) {
  const { params, changed } = useFilters();
  const isOn = params.get(name) === value || (isFallback && !params.get(name));
  return (
    <Go
      to={changed({ [name]: isOn || isFallback ? "" : value })}
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

/**
 * A switch whose value lives in the address.
 * @param {{ name: string, value: string, label: string, className: string, isInverted?: boolean }} props
 */
export function FilterSwitch({ name, value, label, className, isInverted = false }) {
  const params = useQuery();
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

/** @typedef {{ label: string, params: string[] }} Chip */

/**
 * Buttons for the filters that are on; pressing one takes it out of the address. Without any, the children.
 * @param {import("react").PropsWithChildren<{ chips: Chip[], className: string, clearClassName: string }>} props
 */
export function FilterChips({ chips, className, clearClassName, children }) {
  const params = useQuery();
  const navigate = useNavigate();
  if (!chips?.length) return children;
  const drop = (/** @type {Chip} */ chip) =>
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

/**
 * A select whose choice lives in the address.
 * @param {object} props
 * @param {string} props.name
 * @param {[string, string][]} props.options Pairs of value and text.
 * @param {string} props.fallback
 * @param {string} props.className
 * @param {string} props.label
 */
export function FilterSelect({ name, options, fallback, className, label }) {
  const { params, changed } = useFilters();
  const navigate = useNavigate();
  return (
    <select
      aria-label={label}
      className={className}
      value={params.get(name) || fallback}
      onChange={(e) =>
        navigate(changed({ [name]: e.target.value === fallback ? "" : e.target.value }), {
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

/**
 * A search field whose text lives in the address, which follows with each pause in typing.
 * @param {{ name: string, label: string, placeholder: string, className: string }} props
 */
export function FilterText({ name, label, placeholder, className }) {
  const { params, changed } = useFilters();
  const navigate = useNavigate();
  const given = params.get(name) ?? "";
  const [text, setText] = useState(given);
  const written = useRef(given);
  const latest = useRef(changed); // another filter may be pressed within the pause
  latest.current = changed;
  useEffect(() => {
    if (given === written.current) return; // our own change came back
    written.current = given;
    setText(given);
  }, [given]);
  useEffect(() => {
    const wanted = text.trim();
    if (wanted === written.current) return undefined;
    const timer = setTimeout(() => {
      written.current = wanted;
      navigate(latest.current({ [name]: wanted }), { replace: true, preventScrollReset: true });
    }, TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <input
      type="search"
      dir="auto"
      aria-label={label}
      placeholder={placeholder}
      maxLength={100}
      className={className}
      value={text}
      onChange={(e) => setText(e.target.value)}
    />
  );
}

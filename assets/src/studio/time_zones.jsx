// @ts-check
// A select of the time zones that the browser knows. JavaScript, since their list would be the largest of its page.
import { useState } from "react";

/**
 * Return zones by name, with UTC and the chosen one, whatever the browser lists.
 * @param {string} chosen
 */
function zonesWith(chosen) {
  const known = Intl.supportedValuesOf ? Intl.supportedValuesOf("timeZone") : [];
  return [...new Set([...known, "UTC", chosen])].sort();
}

/** @param {{ id: string, name: string, zone: string, className: string }} props */
export function TimeZoneSelect({ id, name, zone, className }) {
  const [zones] = useState(() => zonesWith(zone));
  return (
    <select id={id} name={name} defaultValue={zone} className={className}>
      {zones.map((one) => (
        <option key={one} value={one}>
          {one.replaceAll("_", " ")}
        </option>
      ))}
    </select>
  );
}

// @ts-check

/**
 * A lucide icon with our line width.
 * @param {{ of: import("react").ComponentType<any>, size?: number, isFilled?: boolean, className?: string }} props
 */
export const Icon = ({ of: Glyph, size = 20, isFilled = false, className }) => (
  <Glyph
    size={size}
    strokeWidth={1.5}
    fill={isFilled ? "currentColor" : "none"}
    className={className}
    aria-hidden="true"
  />
);

/** Three moving bars that show work in progress. */
export const Meter = ({ className = "" }) => (
  <span className={`meter inline-flex items-end gap-[3px] h-[14px] ${className}`} aria-hidden="true">
    <i />
    <i />
    <i />
  </span>
);

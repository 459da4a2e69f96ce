// @ts-check
// Class strings that the parts of the Spotify remote share.

export const CARD =
  "w-full md:w-[320px] rounded-sheet border border-line-strong bg-surface-3 shadow-[0_24px_48px_rgb(0_0_0/.6)]";
export const ICON_BUTTON =
  "relative inline-grid place-items-center size-[44px] rounded-ctl shrink-0 text-text-1 " +
  "hover:bg-surface-4 cursor-pointer active:scale-[.96] transition-[transform,background-color] " +
  "duration-[90ms] aria-disabled:opacity-40 aria-disabled:cursor-not-allowed " +
  "aria-disabled:hover:bg-transparent";
export const OUTLINE_BUTTON =
  "inline-flex items-center min-h-[44px] rounded-ctl border border-control px-4 font-semibold " +
  "hover:bg-surface-4 cursor-pointer";
/** A word in the row of actions. */
export const ACTION =
  "inline-flex items-center justify-center shrink-0 min-h-[44px] min-w-[44px] px-2 rounded-ctl whitespace-nowrap " +
  "hover:text-text-1 cursor-pointer focus-visible:-outline-offset-2";
export const SMALL = "text-[13px] leading-[18px] text-text-2";
export const TEXT_LINE = `flex items-center gap-2 min-w-0 flex-1 ${SMALL}`;
/** Room below what scrolls into view: the player and the tabs cover it. */
export const SCROLL_CLEARANCE = "scroll-mb-[calc(var(--player-h)+var(--tabs-h)+64px)]";

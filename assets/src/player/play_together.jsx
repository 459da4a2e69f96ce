// @ts-check
// The button of a row that plays its sound together with the reference. JavaScript because it reacts at once.
import Blend from "lucide-react/dist/esm/icons/blend.mjs";
import { Icon, Meter } from "../shared/icon.jsx";
import { useStore } from "../shared/use_store.js";
import { playTogether, prepareTogether, stopTogether } from "./mix_start.js";
import { mixStore } from "./mix_store.js";

/**
 * @param {object} props
 * @param {import("./track.js").Track} props.track
 * @param {import("./track.js").Track} props.reference
 * @param {import("./mix_plan.js").Match} props.match
 * @param {string} [props.className]
 */
export function PlayTogether({ track, reference, match, className }) {
  const isOn = useStore(mixStore, (s) => s.partner?.id === track.id && s.reference?.id === reference.id && !s.error);
  const isPreparing = useStore(mixStore, (s) => s.isPreparing && s.partner?.id === track.id);
  return (
    <button
      type="button"
      className={className}
      aria-label={`Play together: ${track.title}`}
      aria-pressed={isOn}
      aria-busy={isPreparing || undefined}
      title={`Play together with ${reference.title}`}
      onPointerEnter={prepareTogether}
      onFocus={prepareTogether}
      onClick={() => (isOn ? stopTogether() : playTogether(reference, track, match))}
    >
      {isPreparing ? <Meter className="w-[18px] justify-center" /> : <Icon of={Blend} size={18} />}
      <span className="sr-only lg:@min-[820px]:not-sr-only">Play together</span>
    </button>
  );
}

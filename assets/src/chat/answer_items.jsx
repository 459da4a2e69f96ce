// @ts-check
// What an answer shows besides text: tools, rows of sounds and packs, proposals to buy.
import AudioLines from "lucide-react/dist/esm/icons/audio-lines.mjs";
import Brain from "lucide-react/dist/esm/icons/brain.mjs";
import BookOpen from "lucide-react/dist/esm/icons/book-open.mjs";
import Check from "lucide-react/dist/esm/icons/check.mjs";
import FileMusic from "lucide-react/dist/esm/icons/file-music.mjs";
import Globe from "lucide-react/dist/esm/icons/globe.mjs";
import History from "lucide-react/dist/esm/icons/history.mjs";
import Library from "lucide-react/dist/esm/icons/library.mjs";
import Package from "lucide-react/dist/esm/icons/package.mjs";
import Plug from "lucide-react/dist/esm/icons/plug.mjs";
import Play from "lucide-react/dist/esm/icons/play.mjs";
import Piano from "lucide-react/dist/esm/icons/piano.mjs";
import Search from "lucide-react/dist/esm/icons/search.mjs";
import ShoppingBag from "lucide-react/dist/esm/icons/shopping-bag.mjs";
import TrendingUp from "lucide-react/dist/esm/icons/trending-up.mjs";
import UserRound from "lucide-react/dist/esm/icons/user-round.mjs";
import Wallet from "lucide-react/dist/esm/icons/wallet.mjs";
import X from "lucide-react/dist/esm/icons/x.mjs";
import { LikeButton } from "../community/like_button.jsx";
import { PlayButton, SoundScope } from "../player/play_button.jsx";
import { Waveform } from "../player/waveform.jsx";
import { Go } from "../shared/controls.jsx";
import { Icon, Meter } from "../shared/icon.jsx";
import { PriceButton, openPurchase } from "../shared/purchase.jsx";
import { Artwork, Price, spokenPrice } from "../shared/sound_parts.jsx";

/** @type {Record<string, import("react").ComponentType<any>>} */
const TOOL_ICONS = {
  "audio-lines": AudioLines,
  "book-open": BookOpen,
  brain: Brain,
  "file-audio": FileMusic,
  globe: Globe,
  history: History,
  library: Library,
  package: Package,
  piano: Piano,
  play: Play,
  plug: Plug,
  search: Search,
  "shopping-bag": ShoppingBag,
  "trending-up": TrendingUp,
  "user-round": UserRound,
  wallet: Wallet,
};

/** @typedef {import("./answer_store.js").AnyPart} Part */
/**
 * @typedef {object} ItemRow A pack or sound.
 * @property {string} ref
 * @property {import("../player/track.js").Track} sound
 * @property {string} title
 * @property {string} href
 * @property {string} by
 * @property {string} spoken
 * @property {string} price
 * @property {boolean} isOwned
 * @property {string} bpm
 * @property {string} key
 */

/** @param {{ part: Part }} props */
export function ToolChip({ part }) {
  const words = part.state;
  return (
    <details className="group min-w-0 max-w-full justify-self-start">
      <summary
        className={
          "inline-flex max-w-full items-center gap-2 min-h-[44px] md:min-h-[32px] rounded-ctl " +
          "bg-surface-2 hover:bg-surface-3 px-3 text-[13px] leading-[18px] cursor-pointer list-none"
        }
      >
        <Icon of={TOOL_ICONS[part.icon] ?? Search} size={16} className="shrink-0 text-text-2" />
        <span className="whitespace-nowrap">{part.label}</span>
        {(part.arguments || part.summary) && (
          <span className="fact text-text-3 truncate">{part.arguments || part.summary}</span>
        )}
        {part.state === "running" ? (
          <Meter className="text-amber" />
        ) : (
          <Icon
            of={part.state === "done" ? Check : X}
            size={16}
            className={`shrink-0 ${part.state === "done" ? "text-ok" : "text-bad"}`}
          />
        )}
        <span className="sr-only">
          {words}
          {part.summary ? `: ${part.summary}` : ""}
        </span>
      </summary>
      <div className="mt-2 rounded-ctl bg-surface-1 p-3 text-[13px] leading-[18px] text-text-2 grid gap-2">
        {part.details && <pre className="fact whitespace-pre-wrap break-words">{part.details}</pre>}
        {part.summary && <p>{part.state === "failed" ? part.summary : `Result: ${part.summary}`}</p>}
      </div>
    </details>
  );
}

const PLATE =
  "inline-flex items-center justify-center gap-2 rounded-ctl bg-surface-2 " +
  "group-data-[current]:bg-surface-3 hover:bg-surface-3 min-h-[44px] @lg:min-h-[40px] px-2 fact " +
  "text-text-1";

/**
 * A pack or sound in an answer: plays in place, links to its page.
 * @param {{ row: ItemRow }} props
 */
export function Row({ row }) {
  const { sound } = row;
  const spoken = [row.title, row.spoken, spokenPrice(row.price, row.isOwned)].filter(Boolean).join(", ");
  return (
    <SoundScope
      track={sound}
      data-said={`${spoken}.`}
      className={
        "group border-b border-line data-[current]:bg-surface-1 hover:bg-surface-1 rounded-none " +
        "data-[current]:rounded-ctl"
      }
      data-row=""
    >
      <div
        className={
          "grid items-center gap-x-3 min-h-[76px] @lg:min-h-[64px] " +
          "grid-cols-[48px_minmax(0,1fr)_44px_76px] " +
          "@lg:grid-cols-[40px_44px_minmax(110px,1fr)_minmax(60px,150px)_52px_52px_36px_92px]"
        }
      >
        <PlayButton
          track={sound}
          size={18}
          className={
            "order-3 @lg:order-none inline-grid place-items-center size-[44px] @lg:size-[40px] " +
            "rounded-ctl text-text-2 hover:text-text-1 data-[playing]:text-amber " +
            "group-data-[current]:text-amber cursor-pointer"
          }
        />
        <Artwork coverKey={sound.cover} size={64} className="size-[48px] @lg:size-[44px] rounded-ctl" isLazy />
        <div className="min-w-0">
          <Go
            to={row.href}
            className={
              "block truncate font-semibold text-text-1 group-data-[current]:text-amber hover:underline " +
              "underline-offset-2"
            }
            title={row.title}
          >
            {row.title}
          </Go>
          <p className="truncate text-[13px] leading-[18px] text-text-2">{row.by}</p>
          <p className="fact flex gap-3 @lg:hidden" aria-hidden="true">
            <span>{row.bpm}</span>
            <span>{row.key}</span>
          </p>
        </div>
        <Waveform track={sound} peaks={sound.peaks} className="!hidden @lg:!block h-[32px]" />
        <span className="fact text-right hidden @lg:block">{row.bpm}</span>
        <span className="fact text-right hidden @lg:block">
          <span aria-hidden="true">{row.key}</span>
          <span className="sr-only">{row.spoken}</span>
        </span>
        <LikeButton
          track={sound}
          className={
            "hidden @lg:inline-grid place-items-center size-[36px] rounded-ctl text-text-2 hover:text-text-1 " +
            "hover:bg-surface-3 cursor-pointer aria-pressed:text-text-1"
          }
        />
        {row.isOwned || row.price === "" ? (
          <Go to={row.href} className={`${PLATE} order-4 @lg:order-none`}>
            <Price price={row.price} isOwned={row.isOwned} />
            <span className="sr-only">: {row.title}</span>
          </Go>
        ) : (
          <PriceButton
            id={sound.id}
            title={row.title}
            price={row.price}
            className={`${PLATE} order-4 @lg:order-none`}
          />
        )}
      </div>
      <div className="hidden group-data-[current]:block @lg:!hidden pb-4">
        <Waveform track={sound} peaks={sound.peaks} className="h-[40px]" />
      </div>
    </SoundScope>
  );
}

/** @param {{ part: Part, onDecline: (ref: string) => void }} props */
export function Proposal({ part, onDecline }) {
  const act = part.isFree ? "Get for free" : `Buy for ${part.price}`;
  return (
    <section
      className="rounded-cover bg-surface-2 p-3 flex flex-wrap items-center gap-x-4 gap-y-3"
      aria-label={`Proposal: ${part.title}`}
      data-said={`Proposal: ${part.title}, ${part.isFree ? "free" : spokenPrice(part.price, false)}.`}
    >
      <Artwork coverKey={part.cover} size={64} className="size-[64px] rounded-ctl" isLazy />
      <div className="min-w-0 flex-1 basis-[140px]">
        <Go to={part.href} className="block truncate font-semibold hover:underline underline-offset-2">
          {part.title}
        </Go>
        <p className="text-[13px] leading-[18px] text-text-2">{part.licence}</p>
      </div>
      <div className="text-right">
        <p className="fact text-text-1 inline-flex items-center gap-2">
          {part.isFree ? (
            "Free"
          ) : (
            <>
              <i className="token text-text-3" aria-hidden="true" />
              {part.price}
            </>
          )}
        </p>
        {part.after && !part.isOwned && (
          <p className="text-[13px] leading-[18px] text-text-2">
            <span className="fact">{part.after}</span> left afterwards
          </p>
        )}
        {part.missing && !part.isOwned && (
          <p className="text-[13px] leading-[18px] text-warn">
            <span className="fact">{part.missing}</span> more needed
          </p>
        )}
      </div>
      {part.isOwned ? (
        <p className="text-ok text-[13px]">In library</p>
      ) : part.isDeclined ? (
        <p className="text-text-3 text-[13px]">Not now</p>
      ) : (
        <div className="flex gap-2 ml-auto">
          <button
            type="button"
            onClick={() => onDecline(part.ref)}
            className={
              "min-h-[44px] md:min-h-[40px] px-3 rounded-ctl font-semibold text-text-2 " +
              "hover:bg-surface-3 hover:text-text-1 cursor-pointer"
            }
          >
            Not now
          </button>
          <button
            type="button"
            onClick={() => openPurchase(part.ref)}
            className={
              "min-h-[44px] md:min-h-[40px] px-4 rounded-ctl border border-control font-semibold " +
              "text-text-1 hover:bg-surface-3 cursor-pointer"
            }
          >
            {act}
          </button>
        </div>
      )}
    </section>
  );
}

// @ts-check
// One answer of the assistant. JavaScript because it is drawn from the stream, word by word.
import { memo, useEffect, useSyncExternalStore } from "react";
import { useNavigate } from "react-router";
import { Meter } from "../shared/icon.jsx";
import { declineProposal, getAnswer, subscribe, withBlocks } from "./answer_store.js";
import { Proposal, Row, ToolChip } from "./answer_items.jsx";

/** @typedef {import("./answer_store.js").AnyPart} Part */
/** @typedef {import("./answer_store.js").Source} Source */

/** @type {Part[]} */
const EMPTY = [];
const requested = new Set(); // answers that the page was asked to read again, once each

/**
 * The parts of an answer: from the stream while it is written, afterwards from the page's state, unless that was read
 * before the answer was complete.
 * @param {object} props
 * @param {string} props.id
 * @param {Part[]} [props.parts]
 * @param {number} props.version
 * @param {boolean} props.isPartial
 * @param {boolean} props.isRunning
 * @param {(id: string, number: number) => void} props.onSource
 * @param {(id: string, ref: string) => void} props.onDecline
 * @param {() => void} props.onMissing
 */
export function Answer({ id, parts, version, isPartial, isRunning, onSource, onDecline, onMissing }) {
  const live = useSyncExternalStore(
    subscribe,
    () => getAnswer(id),
    () => undefined,
  );
  const streamed = live && (live.isRunning || isPartial || live.version >= version) ? live : null;
  const shown = streamed ? streamed.parts : (parts ?? EMPTY).map(withBlocks);
  const sources = streamed
    ? Object.values(streamed.sources)
    : /** @type {Source[]} */ (/** @type {unknown[]} */ (shown.filter((part) => part.kind === "source")));
  const isWriting = streamed ? streamed.isRunning : isRunning;
  useEffect(() => {
    if (live || parts || isRunning || requested.has(id)) return; // streamed while this page did not listen
    requested.add(id);
    onMissing();
  }, [live, parts, isRunning]);
  const navigate = useNavigate();
  const press = (/** @type {import("react").MouseEvent} */ event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const citation = /** @type {HTMLElement | null} */ (target.closest("[data-source]"));
    const own = target.closest('.prose-chat a[href^="/"]');
    if (citation) onSource(id, Number(citation.dataset.source));
    if (own && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
      event.preventDefault(); // a page load would stop the player
      navigate(own.getAttribute("href") ?? "/");
    }
  };
  const last = shown.findLastIndex((part) => part && part.kind !== "source");
  return (
    <div className="answer @container grid gap-3 min-w-0" onClick={press} data-answer={id}>
      {groupTools(shown).map((group) =>
        "tools" in group ? (
          <div key={group.index} className="flex flex-wrap gap-2 min-w-0">
            {group.tools.map((tool) => (
              <ToolChip key={tool.id} part={tool} />
            ))}
          </div>
        ) : (
          <Part
            key={group.index}
            part={group.part}
            isOpen={isWriting && group.index === last}
            onDecline={(/** @type {string} */ ref) => {
              declineProposal(id, group.index);
              onDecline(id, ref);
            }}
          />
        ),
      )}
      {isWriting && (last < 0 || (shown[last]?.kind !== "text" && shown[last]?.state !== "running")) && (
        <p className="text-text-2 inline-flex items-center gap-3 min-h-[24px]">
          <Meter className="text-amber" />
          Thinking…
        </p>
      )}
      {sources.length > 0 && (
        <ul className="flex flex-wrap gap-2" aria-label="Sources">
          {sources.map((source) => (
            <li key={source.number}>
              <button
                type="button"
                data-source={source.number}
                aria-label={`Source ${source.number}: ${source.title}`}
                className={
                  "inline-flex items-center gap-2 min-h-[44px] md:min-h-[32px] max-w-[300px] " +
                  "rounded-ctl bg-surface-2 hover:bg-surface-3 px-3 text-[13px] leading-[18px] " +
                  "text-text-2 cursor-pointer"
                }
              >
                <span className="fact text-text-1">{source.number}</span>
                <span className={source.url ? "min-w-0 grid text-left py-1" : "contents"}>
                  <span className="truncate" dir="auto">
                    {source.title}
                  </span>
                  {source.place && (
                    <span className={source.url ? "truncate text-text-3" : "shrink-0 text-text-3"}>{source.place}</span>
                  )}
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** @typedef {{ index: number, tools: Part[] } | { index: number, part: Part }} Group */

/**
 * Consecutive tools share a line.
 * @param {Part[]} parts
 */
function groupTools(parts) {
  /** @type {Group[]} */
  const groups = [];
  parts.forEach((part, index) => {
    if (!part || part.kind === "source") return;
    const last = groups.at(-1);
    if (part.kind === "tool" && last && "tools" in last) last.tools.push(part);
    else groups.push(part.kind === "tool" ? { index, tools: [part] } : { index, part });
  });
  return groups;
}

const Part = memo(
  /** @param {{ part: Part, isOpen: boolean, onDecline: (ref: string) => void }} props */
  function Part({ part, isOpen, onDecline }) {
    if (part.kind === "text") return <Words part={part} isOpen={isOpen} />;
    if (part.kind === "items")
      return (
        <ul className="border-t border-line" data-queue="">
          {part.rows.map((/** @type {import("./answer_items.jsx").ItemRow} */ row) => (
            <li key={row.ref}>
              <Row row={row} />
            </li>
          ))}
        </ul>
      );
    if (part.kind === "proposal") return <Proposal part={part} onDecline={onDecline} />;
    return (
      <p className="text-[13px] leading-[18px] text-text-2 border-l-2 border-line-strong pl-3" data-said="">
        {part.sentence}
      </p>
    );
  },
  (before, after) => before.part === after.part && before.isOpen === after.isOpen,
);

const Block = memo((/** @type {{ html: string }} */ { html }) => <div dangerouslySetInnerHTML={{ __html: html }} />);
/**
 * Finished blocks are the server's safe HTML; the rest is text until its block is finished, shown in whole words.
 * @param {{ part: Part, isOpen: boolean }} props
 */
function Words({ part, isOpen }) {
  const written = part.tail ?? "";
  const space = written.search(/\s\S*$/);
  const tail = isOpen && space > 0 ? written.slice(0, space) : written;
  return (
    <div className="prose-chat">
      {(part.blocks ?? []).map((html, index) => (
        <Block key={index} html={html} />
      ))}
      {(tail || isOpen) && (
        <p className="whitespace-pre-wrap" dir="auto">
          {withoutMarkup(tail)}
          {isOpen && <span className="caret" aria-hidden="true" />}
        </p>
      )}
    </div>
  );
}
/**
 * Text without Markdown's markup, which is only drawn once its block is finished.
 * @param {string} text
 */
const withoutMarkup = (text) => text.replace(/\ue200\d+\ue201?|\*\*|__|`/g, "").replace(/^#{1,6} /gm, "");

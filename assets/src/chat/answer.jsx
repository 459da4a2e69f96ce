// @ts-check
// One answer of the assistant. JavaScript because it is drawn from the stream, word by word.
import { memo, useEffect, useSyncExternalStore } from "react";
import { useNavigate } from "react-router";
import { Meter } from "../shared/icon.jsx";
import { declineProposal, getAnswer, subscribe, withBlocks } from "./answer_store.js";
import { Proposal, Row, ToolChip } from "./answer_items.jsx";

const EMPTY = [];
const requested = new Set(); // answers that the page was asked to read again, once each

/**
 * The parts of an answer: from the stream while it is written, afterwards from the page's state, unless that was read
 * before the answer was complete.
 */
export function Answer({ id, parts, version, isPartial, isRunning, onSource, onDecline, onMissing }) {
  const live = useSyncExternalStore(
    subscribe,
    () => getAnswer(id),
    () => undefined,
  );
  const isLive = Boolean(live && (live.isRunning || isPartial || live.version >= version));
  const shown = isLive ? live.parts : (parts ?? EMPTY).map(withBlocks);
  const sources = isLive ? Object.values(live.sources) : shown.filter((part) => part.kind === "source");
  const isWriting = isLive ? live.isRunning : isRunning;
  useEffect(() => {
    if (live || parts || isRunning || requested.has(id)) return; // streamed while this page did not listen
    requested.add(id);
    onMissing();
  }, [live, parts, isRunning]);
  const navigate = useNavigate();
  const press = (event) => {
    const citation = event.target.closest("[data-source]");
    const own = event.target.closest('.prose-chat a[href^="/"]');
    if (citation) onSource(id, Number(citation.dataset.source));
    if (own && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
      event.preventDefault(); // a page load would stop the player
      navigate(own.getAttribute("href"));
    }
  };
  const last = shown.findLastIndex((part) => part && part.kind !== "source");
  return (
    <div className="answer @container grid gap-3 min-w-0" onClick={press} data-answer={id}>
      {groupTools(shown).map((group) =>
        group.tools ? (
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
            onDecline={(ref) => {
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

/** Consecutive tools share a line. */
function groupTools(parts) {
  const groups = [];
  parts.forEach((part, index) => {
    if (!part || part.kind === "source") return;
    const { tools } = groups.at(-1) ?? {};
    if (part.kind === "tool" && tools) tools.push(part);
    else groups.push(part.kind === "tool" ? { index, tools: [part] } : { index, part });
  });
  return groups;
}

const Part = memo(
  /** @param {any} props */
  function Part({ part, isOpen, onDecline }) {
    if (part.kind === "text") return <Words part={part} isOpen={isOpen} />;
    if (part.kind === "items")
      return (
        <ul className="border-t border-line" data-queue="">
          {part.rows.map((row) => (
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
/** Finished blocks are the server's safe HTML; the rest is text until its block is finished, shown in whole words. */
function Words({ part, isOpen }) {
  const space = part.tail.search(/\s\S*$/);
  const tail = isOpen && space > 0 ? part.tail.slice(0, space) : part.tail;
  return (
    <div className="prose-chat">
      {part.blocks.map((html, index) => (
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

import { createHook, executionAsyncId } from "node:async_hooks";
import diagnostics from "node:diagnostics_channel";
import { Socket } from "node:net";
import { currentGuard, type Guard, Spotter } from "./guard.ts";
import type { Leak } from "./leak.ts";
import { Site } from "./site.ts";

/** The little that the objects behind Node's handles have in common. They are internal, so all of it is optional. */
interface Resource {
  readonly hasRef?: () => boolean;
  /** Of a Timeout. */
  readonly _destroyed?: boolean;
  readonly _repeat?: number | null;
  readonly _idleTimeout?: number;
  /** Of a FileHandle: negative once closed. */
  readonly fd?: number;
}

interface Handle {
  readonly type: string;
  readonly guard: Guard;
  readonly site: Site;
  /** The handle in whose name it was made: the server of a connection. */
  readonly trigger: number;
  /** What led to it, where its own stack does not reach back to the code under test. */
  readonly cause: Handle | undefined;
  /** How many causes there are before it. */
  readonly remoteness: number;
  readonly resource: WeakRef<Resource>;
}

const handles = new Map<number, Handle>();
const requests = new Map<number, Handle>();
const responses = new Map<unknown, { readonly guard: Guard; readonly site: Site }>();

/** What is open until somebody closes it. */
const OPEN =
  /^(Timeout|Immediate|TCPSERVERWRAP|PIPESERVERWRAP|TCPWRAP|PIPEWRAP|UDPWRAP|WORKER|MESSAGEPORT|PROCESSWRAP|FSEVENTWRAP|STATWATCHER|FILEHANDLE)$/;
/** What is under way and ends by itself. */
const UNDER_WAY =
  /(REQ|REQUEST|REQWRAP|REQCALLBACK|REQPROMISE|CONNECTWRAP|SHUTDOWNWRAP|WRITEWRAP|SENDWRAP|QUERYWRAP|TickObject)$/;

export const handleSpotter = new Spotter(() => {
  const hook = createHook({ init, destroy, trackPromises: false }).enable();
  diagnostics.subscribe("undici:request:create", fetchBegins);
  for (const end of ["trailers", "error"]) diagnostics.subscribe(`undici:request:${end}`, fetchEnds);
  return () => {
    hook.disable();
    diagnostics.unsubscribe("undici:request:create", fetchBegins);
    for (const end of ["trailers", "error"]) diagnostics.unsubscribe(`undici:request:${end}`, fetchEnds);
    for (const records of [handles, requests, responses]) records.clear();
  };
});

function init(id: number, type: string, trigger: number, resource: object): void {
  const records = OPEN.test(type) ? handles : UNDER_WAY.test(type) ? requests : undefined;
  if (records === undefined) return;
  const cause = causeOf(type, trigger);
  const guard = currentGuard() ?? cause?.guard;
  if (guard === undefined) return;
  const remoteness = cause === undefined ? 0 : cause.remoteness + 1;
  records.set(id, {
    type,
    guard,
    site: new Site(init),
    trigger,
    cause,
    remoteness,
    resource: new WeakRef(resource),
  });
  guard.stir();
}

/**
 * A server that looks its address up begins to listen a tick later; a connection is made when it is accepted, a file
 * when the request for it completes. Then the stack is empty, and what came before knows who asked for it.
 */
function causeOf(type: string, trigger: number): Handle | undefined {
  const cause =
    type === "FILEHANDLE" ? requestToOpen() : (requests.get(executionAsyncId()) ?? handles.get(trigger));
  // Else a long chain of ticks would be held in its whole length.
  return cause !== undefined && cause.remoteness < MOST_REMOTE ? cause : undefined;
}

const MOST_REMOTE = 3;

/** Node does not tell which request a file comes from, so it is the first of those that were made to open one. */
function requestToOpen(): Handle | undefined {
  return requests
    .values()
    .filter((request) => request.guard.isOpen && request.type === "FSREQPROMISE" && !answered.has(request))
    .find((request) => {
      const isToOpen = request.site.frames.some(({ owner, name }) => owner === "node" && name === "open");
      if (isToOpen) answered.add(request);
      return isToOpen;
    });
}

const answered = new WeakSet<Handle>();

function destroy(id: number): void {
  const ended = handles.get(id) ?? requests.get(id);
  ended?.guard.stir();
  handles.delete(id);
  requests.delete(id);
}

function fetchBegins(message: unknown): void {
  const guard = currentGuard();
  if (guard !== undefined) responses.set(requestOf(message), { guard, site: new Site(fetchBegins) });
}

function fetchEnds(message: unknown): void {
  responses.get(requestOf(message))?.guard.stir();
  responses.delete(requestOf(message));
}

const requestOf = (message: unknown) => (message as { request: unknown }).request;

/**
 * Whether something is under way that only others can end: the operating system, a child, a thread, the far end of a
 * connection. What is still open or parked may just be waiting for it.
 */
export function isUnderWay(guard: Guard): boolean {
  const isOurs = (one: Handle) => guard.includes(one.guard);
  return (
    requests.values().some(isOurs) ||
    handles.values().some((handle) => isOurs(handle) && mayEndByItself(handle))
  );
}

function mayEndByItself(handle: Handle): boolean {
  if (!isOpen(handle) || isPartOfAnother(handle)) return false;
  if (handle.type === "WORKER" || handle.type === "PROCESSWRAP") return true;
  const socket = ownerOf(handle);
  return (
    socket instanceof Socket &&
    (socket.connecting || socket.destroyed || socket.readableEnded || socket.writableEnded)
  );
}

/** The object that the program holds, of which the handle is the inner part. */
function ownerOf({ resource }: Handle): unknown {
  const it = resource.deref() ?? {};
  const key = Object.getOwnPropertySymbols(it).find(({ description }) => description === "owner_symbol");
  return key === undefined ? undefined : (it as Record<symbol, unknown>)[key];
}

/** The timers and handles of `guard` that are open. */
export function openHandles(guard: Guard): Leak[] {
  const open = [...handles.values()].filter(
    (handle) => guard.includes(handle.guard) && isOpen(handle) && !isPartOfAnother(handle),
  );
  const unread = [...responses.values()].filter((response) => guard.includes(response.guard));
  return [...open.map(describe), ...unread.map(describeResponse)].filter(({ where }) => where !== "");
}

/** Lets go of the functions that were on the stack when the handles of `guard` were made. */
export function releaseHandles(guard: Guard): void {
  for (const { guard: inner, site } of [...handles.values(), ...requests.values(), ...responses.values()]) {
    if (guard.includes(inner)) site.release();
  }
}

/** What Node made for its own purposes, or does not keep a process alive (idle connections, unref'd timers), is not. */
function isOpen({ type, resource }: Handle): boolean {
  const it = resource.deref();
  if (it === undefined || it._destroyed === true) return false;
  if (type === "FILEHANDLE") return (it.fd ?? 0) >= 0;
  return it.hasRef?.() ?? true;
}

/** The pipes of a child, the connections of a server, the socket of a fetch: the other one is what was left open. */
function isPartOfAnother({ type, site, trigger }: Handle): boolean {
  if (type === "PIPEWRAP" && (site.within("child_process") || site.within("bootstrap"))) return true;
  if (type === "TCPWRAP" && site.within("undici")) return true;
  return handles.get(trigger)?.type.endsWith("SERVERWRAP") ?? false;
}

function describe(handle: Handle): Leak {
  const stack = placesOf(handle);
  const kind = handle.type === "Timeout" || handle.type === "Immediate" ? "timer" : "handle";
  return { kind, what: inWords(handle), where: stack[0] ?? "", stack };
}

/** Empty if it is not the code under test which is to answer for it. */
function placesOf({ site, cause }: Handle): readonly string[] {
  if (site.owner === "node" && cause !== undefined) return placesOf(cause);
  return site.owner === "theirs" ? site.places : [];
}

function describeResponse({ site }: { readonly site: Site }): Leak {
  const stack = site.owner === "theirs" ? site.places : [];
  const what = "the body of a response was not read to its end, so its connection stays occupied";
  return { kind: "handle", what, where: stack[0] ?? "", stack };
}

function inWords({ type, resource }: Handle): string {
  const it = resource.deref();
  if (type === "Timeout") {
    return `${it?._repeat ? "an interval" : "a timer"} of ${it?._idleTimeout} ms is still running`;
  }
  return WORDS[type] ?? `${type} is still open`;
}

const WORDS: Record<string, string> = {
  Immediate: "a chain of setImmediate is still running",
  TCPSERVERWRAP: "a server is still open",
  PIPESERVERWRAP: "a server (on a pipe) is still open",
  TCPWRAP: "a socket is still open",
  PIPEWRAP: "a pipe is still open",
  UDPWRAP: "a datagram socket is still open",
  WORKER: "a worker thread is still running",
  MESSAGEPORT: "a message port is still open",
  PROCESSWRAP: "a child process is still running",
  FSEVENTWRAP: "a file is still watched",
  STATWATCHER: "a file is still watched",
  FILEHANDLE: "a file is still open",
};

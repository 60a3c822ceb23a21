/** Milliseconds after which the lock of a process that is gone ends by itself. */
export const lockMilliseconds = 30_000;
/** Longer than any search takes: one that has read the ledger before still finds the rows it looks for. */
export const graceMilliseconds = 3_000;
/** Longer than a bulk request can go on inside the engine after whoever sent it has given up. */
const lateMilliseconds = 120_000;
/** The engine looks no more than 65,536 terms up. */
const maxEntries = 20_000;
/** How long a batch is remembered as committed, for an answer that was lost. */
const rememberMilliseconds = 60_000;

export const scriptParameters = {
  lock: lockMilliseconds,
  grace: graceMilliseconds,
  late: lateMilliseconds,
  most: maxEntries,
  remember: rememberMilliseconds,
};

/**
 * What is done to the ledger, in Painless; the engine runs one script at a time on the row. Each entry:
 * the write, its document, whether its rows are still being written (`open`), since when by the
 * engine's clock (`at`), and whether rows may yet arrive though nobody waits for them (`late`).
 */
export const ledgerScripts = {
  /** Does nothing where writes are held back, a document is locked by another, or too much waits to be swept away. */
  begin: `
    def hold = ctx._source.hold;
    if (hold != null && hold.until > ctx._now) { ctx.op = 'none'; return; }
    if (ctx._source.entries.size() > params.most) { ctx.op = 'none'; return; }
    Map locked = new HashMap();
    for (e in ctx._source.entries) { if (e.open) { locked.put(e.document, e); } }
    for (w in params.writes) {
      def e = locked.get(w.document);
      if (e != null && e.write != w.id && e.at > ctx._now - params.lock) { ctx.op = 'none'; return; }
    }
    for (w in params.writes) {
      def e = locked.get(w.document);
      if (e != null && e.write == w.id) { continue; }
      if (e != null) { e.open = false; e.late = true; e.at = ctx._now; }
      ctx._source.entries.add(['write': w.id, 'document': w.document, 'open': true, 'at': ctx._now]);
    }`,
  /** Does nothing where a lock was lost. */
  extend: `
    Set own = new HashSet(params.own);
    int open = 0;
    for (e in ctx._source.entries) { if (e.open && own.contains(e.write)) { open++; } }
    if (open < own.size()) { ctx.op = 'none'; return; }
    for (e in ctx._source.entries) { if (own.contains(e.write)) { e.at = ctx._now; } }`,
  /** Does nothing at all where a lock was lost: closed by another, or silent for too long. Done before, it stays done. */
  commit: `
    if (ctx._source.batches == null) { ctx._source.batches = new ArrayList(); }
    for (b in ctx._source.batches) { if (b.id == params.batch) { return; } }
    Set shown = new HashSet(params.shown);
    Set given = new HashSet(params.given);
    int open = 0;
    for (e in ctx._source.entries) {
      if (e.open && (shown.contains(e.write) || given.contains(e.write)) && e.at > ctx._now - 2 * params.lock) { open++; }
    }
    if (open < shown.size() + given.size()) { ctx.op = 'none'; return; }
    List kept = new ArrayList();
    for (e in ctx._source.entries) {
      if (shown.contains(e.write)) { continue; }
      if (given.contains(e.write)) { e.open = false; e.late = true; e.at = ctx._now; }
      kept.add(e);
    }
    for (w in params.replaced) { kept.add(['write': w, 'document': '', 'open': false, 'at': ctx._now]); }
    ctx._source.entries = kept;
    ctx._source.batches.removeIf(b -> b.at < ctx._now - params.remember);
    ctx._source.batches.add(['id': params.batch, 'at': ctx._now]);`,
  /** Also for writes whose beginning has not arrived yet, or never will. Nothing that was committed is given up. */
  giveUp: `
    if (ctx._source.batches != null) { for (b in ctx._source.batches) { if (b.id == params.batch) { ctx.op = 'none'; return; } } }
    Set left = new HashSet(params.own);
    for (e in ctx._source.entries) {
      if (left.remove(e.write) && e.open) { e.open = false; e.late = true; e.at = ctx._now; }
    }
    for (w in left) { ctx._source.entries.add(['write': w, 'document': '', 'open': false, 'late': true, 'at': ctx._now]); }`,
  /** Marks what nobody can be reading or writing any more. */
  markDead: `
    int marked = 0;
    for (e in ctx._source.entries) {
      long life = e.open || e.late == true ? params.late : params.grace;
      if (e.at < ctx._now - life) { e.dead = true; e.open = false; marked++; }
    }
    if (marked == 0) { ctx.op = 'none'; }`,
  forget: `
    Set gone = new HashSet(params.gone);
    ctx._source.entries.removeIf(e -> e.dead == true && gone.contains(e.write));`,
  /** Does nothing where another holds writes back. The time tells whether the hold was ever broken. */
  hold: `
    def hold = ctx._source.hold;
    boolean held = hold != null && hold.until > ctx._now;
    if (held && hold.by != params.by) { ctx.op = 'none'; return; }
    ctx._source.hold = ['by': params.by, 'since': held ? hold.since : ctx._now, 'until': ctx._now + params.lock];`,
  letGo: `
    if (ctx._source.hold == null || ctx._source.hold.by != params.by) { ctx.op = 'none'; return; }
    ctx._source.remove('hold');`,
  /** Of a ledger that comes from a snapshot: whoever held a lock in it is long gone. */
  release: `
    for (e in ctx._source.entries) { if (e.open) { e.open = false; e.late = true; e.at = ctx._now; } }
    ctx._source.remove('hold');`,
};

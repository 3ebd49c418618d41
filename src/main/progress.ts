import cliProgress from 'cli-progress';

/** One line of progress: a bar on a terminal, a plain line at each tenth in a pipe. */
export function progressLine(out: NodeJS.WriteStream, label: string): { show(done: number, total: number, detail: string): void; end(done: number, total: number, detail: string): void } {
  return out.isTTY ? bar(out, label) : plain(out, label);
}

function bar(out: NodeJS.WriteStream, label: string) {
  const progress = new cliProgress.SingleBar({ stream: out, format: `  ${label.padEnd(6)} {bar}  {value} / {total} · {detail}`, barCompleteChar: '█', barIncompleteChar: '░', barsize: 24, clearOnComplete: false });
  let isStarted = false;
  const show = (done: number, total: number, detail: string): void => {
    if (total === 0) return; // nothing is planned yet
    if (!isStarted) progress.start(total, done, { detail });
    isStarted = true;
    progress.setTotal(total);
    progress.update(done, { detail });
  };
  const end = (done: number, total: number, detail: string): void => {
    show(done, total, detail);
    if (isStarted) progress.stop();
    else out.write(plainLine(label, done, total, detail));
  };
  return { show, end };
}

function plain(out: NodeJS.WriteStream, label: string) {
  let tenth = -1;
  return {
    show(done: number, total: number, detail: string): void {
      if (total === 0) return; // nothing is planned yet
      const now = Math.floor((10 * done) / total);
      if (now <= tenth || now === 10) return;
      tenth = now;
      out.write(plainLine(label, done, total, detail));
    },
    end: (done: number, total: number, detail: string) => void out.write(plainLine(label, done, total, detail)),
  };
}

function plainLine(label: string, done: number, total: number, detail: string): string {
  return `  ${label.padEnd(6)} ${done} / ${total} · ${detail}\n`;
}

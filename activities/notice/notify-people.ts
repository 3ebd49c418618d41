import { hashText } from '../../src/domain/hash.ts';
import type { Plugs } from '../plugs.ts';

/** Tells people of something that needs one; the same sentence about the same week is told once. */
export const notifyPeople = ({ notifier }: Plugs) =>
  ({ kind, property, week, sentence }: { kind: string; property: string; week: string; sentence: string }): Promise<void> =>
    notifier.tell({ id: hashText(`${kind}/${property}/${week}/${sentence}`).slice(0, 32), kind, property, subject: week, sentence });

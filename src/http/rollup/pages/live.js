/**
 * Looks again and again while the page is seen: `look` every few seconds, later and later while it fails. Nothing is asked
 * while the page is hidden; when it is seen again it is looked at once. `onState` is told 'live', 'paused' or 'away'.
 */
export function follow(look, { everyMs, longestMs, onState }) {
  let timer;
  let waitMs = everyMs;
  let isLooking = false;

  const again = async () => {
    clearTimeout(timer);
    if (document.hidden) return onState('paused');
    if (isLooking) return undefined;
    isLooking = true;
    try {
      await look();
      waitMs = everyMs;
      onState('live');
    } catch (error) {
      waitMs = Math.min(longestMs, waitMs * 2);
      onState('away', error);
    } finally {
      isLooking = false;
      timer = setTimeout(again, waitMs);
    }
    return undefined;
  };
  document.addEventListener('visibilitychange', again);
  return again();
}

/** What the leader decides for all workers about the step that they are about to finish. */
export const GO_ON = 0;
const LAST = 1;
export const LEAVE = 2;

/** @param progress of the whole, 0 to 1 */
export const decide = (stopped: boolean, progress: number): number => (stopped ? LEAVE : progress >= 1 ? LAST : GO_ON);

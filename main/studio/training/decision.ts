/** What the leader decides for all workers about the step that they are about to finish. */
export const GO_ON = 0;
export const LAST = 1;
export const LEAVE = 2;

/** The last step is the last, also where a stop comes with it. @param progress of the whole, 0 to 1 */
export const decide = (stopped: boolean, progress: number): number => (progress >= 1 ? LAST : stopped ? LEAVE : GO_ON);

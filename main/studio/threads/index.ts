export { answerTask, doInThread } from './task.ts';

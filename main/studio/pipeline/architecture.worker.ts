import { answerTask } from '../threads/index.ts';
import { defaultForBoard } from './defaultForBoard.ts';

answerTask(defaultForBoard);

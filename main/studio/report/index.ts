export { reportHtml } from './reportHtml.ts';
export * as format from './format.ts';

export { tableFile, type Table, type TableColumn, type TableValue } from './tableFile.ts';
export { readReport } from './readReport.ts';
export { reportHtml } from './reportHtml.ts';
export * as format from './format.ts';

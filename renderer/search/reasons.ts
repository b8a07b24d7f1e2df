import type { Candidate, LatencySource, SearchSummary } from '../../main/contract/index.ts';
import type { Translation } from '../i18n/index.ts';

/** Why a network is recommended; reports of older versions have the service's sentence alone. */
export function reasonSaid({ reason, why }: SearchSummary['recommended'], { t, points, percent }: Translation): string {
  if (why === undefined) return reason;
  if (why.code === 'most-accurate') return t('reason.most-accurate');
  if (why.code === 'of-another-board') {
    const { board, accuracy, own } = why;
    return t('reason.of-another-board', { board, accuracy: percent(accuracy), own: percent(own) });
  }
  return t('reason.faster', { lost: points(why.lost), saved: percent(why.saved) });
}

/** How a candidate's accuracy was found out. */
export const judgedSaid = ({ passesAlone }: Candidate, { t, decimal }: Translation): string =>
  passesAlone === undefined ? t('search.inherited') : t('search.alone', { passes: decimal(passesAlone) });

/** Where the latency of candidates comes from; empty where it is not known. */
export function latencySaid({ kind, detail, facts }: LatencySource, { t, count, percent }: Translation): string {
  if (facts === undefined) return detail;
  if (facts.code === 'absent') return t('latency.absent', { board: facts.board });
  if (facts.code !== 'kernels') return t(`latency.${facts.code}`);
  const { board, kernels, images, worstError } = facts;
  const from = kind === 'counted' ? 'latency.counted' : 'latency.measured';
  const said = t(from, { board, kernels: count(kernels), images: count(images) });
  return worstError === null ? said : `${said} ${t('latency.foretold', { error: percent(worstError) })}`;
}

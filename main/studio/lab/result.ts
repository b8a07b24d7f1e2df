import type { LabResult, Report, RunRecord } from '../../contract/index.ts';

/** What of a cell's report a session keeps. */
export function resultOf(report: Report, { figures }: Pick<RunRecord, 'figures'>): LabResult {
  const { profile, evaluation, model, planned, linked, environment } = report;
  if (profile === null) throw new Error('a cell of a lab session was not measured');
  const flash = linked.regions.filter(({ kind }) => kind === 'flash');
  const agreement = evaluation?.agreement ?? report.agreement;
  return {
    latencyMs: profile.latencyMs,
    estimated: profile.estimated,
    statistics: profile.statistics,
    instructions: profile.instructions,
    cycles: profile.cycles,
    clockHz: profile.clockHz,
    macs: figures.macs ?? model.macs,
    sramBytes: planned.sramBytes,
    flashBytes: flash.reduce((sum, { usedBytes }) => sum + usedBytes, 0),
    stackBytes: profile.stackBytes,
    agreement: agreement === null ? null : { compared: agreement.compared, equal: agreement.equal },
    accuracy: evaluation?.accuracy ?? null,
    compiler: Object.entries(environment).find(([name]) => /gcc/i.test(name))?.[1] ?? '',
    buildId: profile.buildId,
    imageSha256: environment['SHA-256 of the image'] ?? '',
  };
}

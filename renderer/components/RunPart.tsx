import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Report } from '../../main/contract/index.ts';
import { useTranslation } from '../i18n/index.ts';
import { useStudio } from '../state/studio.ts';
import { ErrorCard } from './ErrorCard.tsx';
import { useCall } from './useCall.ts';

interface RunPartProps {
  readonly runId: string;
  readonly children: (report: Report) => ReactNode;
}

/** What a finished run gave, once it is there. */
export function RunReport({ runId, children }: RunPartProps): ReactNode {
  const { t } = useTranslation();
  const version = useStudio((state) => state.runsVersion);
  const [loaded, again] = useCall(
    (client, signal) => client.call('runs.report', { id: runId }, { signal }),
    [runId],
    version,
  );
  if (loaded.state === 'loading') return <Text role="status">{t('loading')}</Text>;
  if (loaded.state === 'failed')
    return <ErrorCard error={loaded.error} action={{ label: t('try.again'), run: again }} />;
  return children(loaded.value);
}

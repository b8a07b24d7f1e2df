import { Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { DatasetReport } from '../../main/contract/index.ts';
import { ConfusionMatrix } from '../charts/ConfusionMatrix.tsx';
import { useCall } from '../components/useCall.ts';
import { useTranslation } from '../i18n/index.ts';
import type { LiveJob } from '../state/studio.ts';

interface AnswersProps {
  readonly runId: string;
  readonly answers: LiveJob['answers'];
}

/** The board's answers while it is being judged: the confusion matrix as it fills. */
export function AnswersSoFar({ runId, answers }: AnswersProps): ReactNode {
  const { t, count } = useTranslation();
  const [report] = useCall(
    async (client, signal) => {
      const { bytes } = await client.call('runs.artefact', { id: runId, name: 'dataset.json' }, { signal });
      return JSON.parse(new TextDecoder().decode(bytes)) as DatasetReport;
    },
    [runId],
  );
  const classes = report.state === 'ready' ? report.value.classes.map(({ name }) => name) : [];
  const counts = classes.map((_, label) =>
    classes.map((__, predicted) => answers.counts[`${label},${predicted}`] ?? 0),
  );
  return (
    <Stack gap="xs">
      <Text size="sm" role="status">
        {t('train.confusion', { right: count(answers.right), done: count(answers.done) })}
      </Text>
      {classes.length > 0 && <ConfusionMatrix classes={classes} counts={counts} />}
    </Stack>
  );
}

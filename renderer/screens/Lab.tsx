import { Stack } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';
import { LastRuns } from '../components/LastRuns.tsx';
import { useTranslation } from '../i18n/index.ts';
import { useNavigation } from '../state/navigation.ts';
import { LabForm } from './LabForm.tsx';
import { LabSession } from './LabSession.tsx';

/** A lab bench: the session that is looked at, all sessions, and a matrix to put together. */
export default function Lab(): ReactNode {
  const subject = useNavigation((state) => state.subject);
  // A session stands above the list that it was chosen from.
  useEffect(() => {
    // Newer browsers give a promise, which is no way to undo an effect.
    void window.scrollTo({ top: 0 });
  }, [subject]);
  return (
    <Stack gap="lg">
      {subject !== null && <LabSession key={subject} runId={subject} />}
      {subject !== null && <Sessions chosen={subject} />}
      <LabForm />
      {subject === null && <Sessions chosen={null} />}
    </Stack>
  );
}

function Sessions({ chosen }: { readonly chosen: string | null }): ReactNode {
  const { t } = useTranslation();
  return <LastRuns title={t('lab.sessions')} kinds={['bench']} none={t('lab.sessions.none')} chosen={chosen} />;
}

import { Box, Button } from '@mantine/core';
import { useId, useState, type ReactNode } from 'react';
import { useTranslation } from '../i18n/index.ts';

interface MoreOptionsProps {
  /** What it holds; `More options` where nothing is said. */
  readonly title?: string;
  readonly children: ReactNode;
}

/** What most people never need, folded away. */
export function MoreOptions({ title, children }: MoreOptionsProps): ReactNode {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <Box>
      <Button
        size="compact-sm"
        variant="subtle"
        color="gray"
        px={4}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
        leftSection={<span aria-hidden="true">{open ? '▾' : '▸'}</span>}
        styles={{ label: { color: 'var(--mantine-color-text)' } }}
      >
        {title ?? t('options.more')}
      </Button>
      <Box id={id} hidden={!open} pt="xs">
        {open && children}
      </Box>
    </Box>
  );
}

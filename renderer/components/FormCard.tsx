import { Box, Button, Card, Group, Title } from '@mantine/core';
import { useEffect, useId, useState, type ReactNode } from 'react';
import { useTranslation } from '../i18n/index.ts';

interface FormCardProps {
  readonly title: string;
  /** A run is shown below: then the form is one line, until it is wanted again. What was filled in stays. */
  readonly folded: boolean;
  readonly children: ReactNode;
}

/** The form of a screen, which makes room for what it started. */
export function FormCard({ title, folded, children }: FormCardProps): ReactNode {
  const { t } = useTranslation();
  const [open, setOpen] = useState(!folded);
  useEffect(() => setOpen(!folded), [folded]);
  const id = useId();
  return (
    <Card withBorder component="section" aria-label={title} padding={open ? 'md' : 'xs'}>
      <Group justify="space-between" mb={open ? 'sm' : 0}>
        <Title order={2} size={open ? 'h4' : 'h5'}>
          {title}
        </Title>
        {folded && (
          <Button
            size="compact-sm"
            variant="default"
            aria-expanded={open}
            aria-controls={id}
            onClick={() => setOpen(!open)}
          >
            {t(open ? 'form.fold' : 'form.open')}
          </Button>
        )}
      </Group>
      <Box id={id} hidden={!open}>
        {children}
      </Box>
    </Card>
  );
}

import {
  Autocomplete,
  createTheme,
  Menu,
  Modal,
  MultiSelect,
  Select,
  type CSSVariablesResolver,
  type MantineColorsTuple,
} from '@mantine/core';

/** The green of a solder mask, and the copper under it. */
const mask: MantineColorsTuple = [
  '#e8f7f1',
  '#d3ebe1',
  '#a6d6c3',
  '#76c0a3',
  '#4fae88',
  '#36a377',
  '#269d6d',
  '#17895c',
  '#0a7450',
  '#005f40',
];
const copper: MantineColorsTuple = [
  '#fdf1e6',
  '#f4e1d1',
  '#e6c0a1',
  '#d99e6d',
  '#cd8041',
  '#c66e25',
  '#c36416',
  '#a4500a',
  '#8a4506',
  '#733800',
];

/** A list opens where its field is, so that readers know where they are, and scrolls itself: no other scroller in it wants keys. */
const choices = {
  comboboxProps: { withinPortal: false, floatingStrategy: 'fixed' },
  withScrollArea: false,
  styles: { options: { maxHeight: 220, overflowY: 'auto' } },
} as const;

export const theme = createTheme({
  primaryColor: 'mask',
  // White text has 5.8:1 on it, in both schemes.
  primaryShade: 8,
  colors: { mask, copper },
  fontFamily: 'system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", Consolas, monospace',
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  autoContrast: true,
  components: {
    // The first entry has the focus, and what opens out of the header stays in it: readers know where they are.
    Select: Select.extend({ defaultProps: choices }),
    MultiSelect: MultiSelect.extend({ defaultProps: choices }),
    Autocomplete: Autocomplete.extend({ defaultProps: choices }),
    Menu: Menu.extend({ defaultProps: { withInitialFocusPlaceholder: false, withinPortal: false } }),
    // A dialog's header is no second banner of the page.
    Modal: Modal.extend({ defaultProps: { attributes: { header: { role: 'presentation' } } } }),
  },
});

/** Colours of charts, chosen to keep 3:1 against the page in both schemes and to stay apart for colour-blind eyes. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#5b6570',
    '--chart-ink': '#1f2933',
    '--chart-muted': '#5b6570',
    '--chart-grid': '#dde3e8',
    '--chart-series-1': '#0a7450',
    '--chart-series-2': '#a4500a',
    '--chart-series-3': '#3557b7',
    '--chart-series-4': '#8b3a8f',
    '--chart-fits': '#0a7450',
    '--chart-broken': '#737d86',
    '--chart-limit': '#b42318',
  },
  dark: {
    '--mantine-color-dimmed': '#a3adb8',
    '--chart-ink': '#e6eaee',
    '--chart-muted': '#a3adb8',
    '--chart-grid': '#3a434c',
    '--chart-series-1': '#4fc79a',
    '--chart-series-2': '#e6a05f',
    '--chart-series-3': '#8ba7f5',
    '--chart-series-4': '#d592da',
    '--chart-fits': '#4fc79a',
    '--chart-broken': '#8b96a1',
    '--chart-limit': '#ff8a80',
  },
});

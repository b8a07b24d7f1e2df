import type { Topic } from './topics.ts';

export const english: readonly Topic[] = [
  {
    section: 'steps',
    title: 'Try it without a board',
    text: 'Home, “Start the demo”: a network is trained on road signs that are drawn here, built, and run on a virtual board. Times of a virtual board are estimates from counted instructions and are labelled so.',
    code: 'mcunet demo',
  },
  {
    section: 'steps',
    title: 'Look at your data',
    text: 'Data: name a folder with one folder of pictures or recordings for each class, or a zip of it. Counts, splits, imbalance and files that cannot be read are shown before anything is trained.',
  },
  {
    section: 'steps',
    title: 'Search a network',
    text: 'Search: choose data, board and minutes. Limits start at what the board has; make them narrower where your own program needs memory, too. Longer searches find better networks.',
    code: 'mcunet search',
  },
  {
    section: 'steps',
    title: 'Train a network',
    text: 'Train: a network is made for data and board, trained, quantized to int8, built and measured. Accuracy is told for float, for int8, and as the board answered.',
    code: 'mcunet train',
  },
  {
    section: 'steps',
    title: 'Build and measure a model of your own',
    text: 'Build: a .tflite file with int8 weights and activations, or an .onnx file. See its layers, its memory over time, the generated C, and what each layer costs on the board.',
    code: 'mcunet profile',
  },
  {
    section: 'boards',
    title: 'Virtual boards',
    text: 'They need no cable: the firmware runs in an emulator on this computer. Results are equal in every byte; cycles and times are estimates.',
  },
  {
    section: 'boards',
    title: 'Plugging in a board',
    text: 'Use a data cable: many charging cables have no data lines. The board appears under “Plugged in” in the list at the top within a few seconds.',
  },
  {
    section: 'boards',
    title: 'Permission on Linux',
    text: 'Your user may have to be allowed to open the probe or the serial port. Board, “This computer” says which rule is missing. Never run the app as root for it.',
  },
  {
    section: 'boards',
    title: 'Another program has the board',
    text: 'A serial monitor, a debugger or an IDE holds the port or the probe: close it, then try again.',
  },
  {
    section: 'errors',
    code: 'dataset.',
    title: 'Something about the data',
    text: 'The folder, zip or file was not found, holds no classes, or its samples cannot be read. Single broken files are left out and listed; that is no error.',
  },
  {
    section: 'errors',
    code: 'model.',
    title: 'Something about the model file',
    text: 'The file is damaged, is of another format, or uses an operator or a type that is not supported. The message names the operator.',
  },
  {
    section: 'errors',
    code: 'plan. firmware. image.',
    title: 'It does not fit, or the image cannot be made',
    text: 'The activations need more SRAM, or the weights more flash, than the board has. Try the memory plan “Least memory”, a smaller input, or search a network for this board.',
  },
  {
    section: 'errors',
    code: 'toolchain.',
    title: 'The compiler',
    text: 'The ARM compiler was not found or refused a file. Board, “This computer” says what was found where.',
  },
  {
    section: 'errors',
    code: 'probe.',
    title: 'The debug probe',
    text: 'The probe was not found, may not be opened, is held by another program, or sees no powered chip.',
  },
  {
    section: 'errors',
    code: 'link.',
    title: 'The serial connection',
    text: 'The firmware is silent, the answer is damaged, or the port was closed. Look at the cable, and that no other program reads the port.',
  },
  {
    section: 'errors',
    code: 'board. boards.',
    title: 'The board file',
    text: 'There is no board of that name, or its file is not valid. The boards are listed under Board.',
  },
  {
    section: 'errors',
    code: 'training. architecture. quantize.',
    title: 'Training and quantization',
    text: 'The network does not suit the data, the numbers grew without bound, or a worker ended. A run goes on from its last finished step with “Go on”.',
  },
  {
    section: 'errors',
    code: 'search. space.',
    title: 'The search',
    text: 'No network of any space fits the limits, or the time is too short to judge any. Widen the limits or give more minutes.',
  },
  {
    section: 'errors',
    code: 'store. run. job.',
    title: 'Runs on disk',
    text: 'The run does not exist, is being written by another process, or the disk is full.',
  },
  {
    section: 'errors',
    code: 'server. contract.',
    title: 'The connection of the window',
    text: 'The service ended, or the address lacks its token. Open the address that the program printed, or start the app again.',
  },
  {
    section: 'keys',
    code: 'Ctrl+K',
    title: 'Find an action',
    text: 'Every screen, board, language and colour scheme by name.',
  },
  {
    section: 'keys',
    code: 'Tab, Shift+Tab',
    title: 'Next and previous',
    text: 'Moves through everything that can be used.',
  },
  { section: 'keys', code: 'Enter, Space', title: 'Do it', text: 'Presses the button that has the focus.' },
  {
    section: 'keys',
    code: '← → ↑ ↓',
    title: 'Move a limit',
    text: 'On a slider or the latency limit of a chart; with Shift in the chart in larger steps.',
  },
  { section: 'keys', code: 'Esc', title: 'Close', text: 'Closes a dialog or a list and goes back where it came from.' },
];

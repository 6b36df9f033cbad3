import DefaultTheme from 'vitepress/theme';
import type { Theme } from 'vitepress';
import { Mermaid } from './mermaid';
import './style.css';

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component('Mermaid', Mermaid);
  },
} satisfies Theme;

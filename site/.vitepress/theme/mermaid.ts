import { useData } from 'vitepress';
import { defineComponent, h, onMounted, ref, watch } from 'vue';

let drawn = 0;

/** A diagram of a page, drawn in the browser, for a light or a dark page. */
export const Mermaid = defineComponent({
  props: { code: { type: String, required: true } },
  setup(props) {
    const { isDark } = useData();
    const svg = ref('');
    const draw = async () => {
      const { default: mermaid } = await import('mermaid');
      mermaid.initialize({ startOnLoad: false, theme: isDark.value ? 'dark' : 'default' });
      drawn += 1;
      svg.value = (await mermaid.render(`diagram-${drawn}`, decodeURIComponent(props.code))).svg;
    };
    onMounted(draw);
    watch(isDark, draw);
    return () => h('div', { class: 'mermaid', innerHTML: svg.value });
  },
});

import { Component, type ReactNode } from 'react'
import { FullPageMessage } from '../components/full-page-message'

interface Props {
  readonly children: ReactNode
}

/** A fault of the screen itself must leave a sentence on it, never a blank window. React asks for a class here. */
export class ErrorBoundary extends Component<Props, { readonly fault: string | null }> {
  override state: { readonly fault: string | null } = { fault: null }

  static getDerivedStateFromError(error: unknown) {
    return { fault: error instanceof Error ? error.message : String(error) }
  }

  override render() {
    if (this.state.fault === null) return this.props.children
    return (
      <FullPageMessage
        title="The screen stopped"
        text={`A fault in the screen itself: ${this.state.fault}. The desk's engine is not affected and goes on.`}
        advice={['Reload the page.', 'If it comes back, note the sentence above and report it.']}
        action={{ label: 'Reload', run: () => window.location.reload() }}
      />
    )
  }
}

from tests.signing_story import *
def test_try(settled, settings):
    with telling(settled, settings) as story:
        print(story.send().redirect_chain)
        for m in story.work(): print(m.to, m.headline, m.links)
        m = story.work()
        print(story.states())
        print(story.supervisor_signs().redirect_chain, story.states())
def test_try2(settled, settings):
    with telling(settled, settings) as story:
        story.send()
        mails = story.work()
        for m in mails: print(m.to, m.headline, m.links)
        v = story.open(story.mail_to(ASA, mails))
        print(v.get().status_code)
        a = story.sign(v, "asa oberg")
        print(a.redirect_chain, story.states()); print(a.content.decode()[-3000:])
